"""What it costs that no NaN or infinity is ever written into a weight.

"guard" is all that it takes: one pass over all gradients, whose sum of squares is finite, before
any weight is changed. A step that clips by norm, as ours does unless told otherwise, needs the
sums anyway. "train" is the whole step, as its measure: forward, backward, guard, Adam.
"""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np

from .peers.composed import Composed, both
from .workload import Arrays, Case, Entrant, Settings, Work, Workload


def guard_given(settings: Settings) -> dict[str, Any]:
    rng, width = np.random.default_rng(0), settings["width"]
    Y = rng.standard_normal((settings["batch"], width), dtype="f")
    W = rng.standard_normal((settings["layers"], width, width), dtype="f")
    X = rng.standard_normal((settings["batch"], width), dtype="f")
    return {"X": X, "Y": Y, "W": W * np.float32(width**-0.5)}


def _composed(lib: Composed, settings: Settings, given: Arrays) -> Entrant:
    api, X, Y, width = lib.api, given["X"], given["Y"], settings["width"]
    model = api.chain(*[api.Relu(width, width) for _ in given["W"]]).initialize()
    for layer, W in zip(model.layers, given["W"], strict=True):
        layer.set_param("W", W.copy())
    optimizer = api.Adam(1e-6)

    def train() -> None:
        guess, backprop = model.begin_update(X)
        backprop(guess - Y)
        model.finish_update(optimizer)

    def guard() -> bool:
        return isfinite(gradients @ gradients)

    train()
    sizes = [W.size for _, (W, _) in model.get_gradients().items()]
    gradients = np.full(sum(sizes), 0.1, "f")
    return Entrant({"train": Work(train), "guard": Work(guard)}, lambda: {"Y": model.predict(X)})


def _case(layers: int, width: int, batch: int) -> Case:
    settings = {"layers": layers, "width": width, "batch": batch, "dropout": 0.0}
    return Case(f"{layers} x Relu({width}), batch {batch}", settings)


WORKLOAD = Workload(
    name="guard",
    cases=[_case(3, 512, 128), _case(20, 32, 8), _case(2, 2048, 32)],
    given=guard_given,
    builders={"combinet": both(_composed)["combinet"]},
    bars={},
)
