"""What it costs that no NaN or infinity is ever written into a weight.

"guard" is a step that is refused because the very last number is NaN: one pass over all gradients,
for their sums of squares, before any weight is changed. A step that clips by norm, as ours does
unless told otherwise, needs the sums anyway; to it the guard adds one look at each sum. "train" is
the whole step, as its measure: forward, backward, guard, Adam.
"""

# pyright: reportPrivateUsage=false
# The table of a step is the optimizer's own; its update() would make an error of the refusal.

from __future__ import annotations

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


def _model(api: Any, given: Arrays) -> Any:
    width = given["W"].shape[-1]
    model = api.chain(*[api.Relu(width, width) for _ in given["W"]]).initialize()
    for layer, W in zip(model.layers, given["W"], strict=True):
        layer.set_param("W", W.copy())
    return model


def _composed(lib: Composed, settings: Settings, given: Arrays) -> Entrant:
    api, X, Y = lib.api, given["X"], given["Y"]
    model, optimizer = _model(api, given), api.Adam(1e-6)
    other, other_optimizer = _model(api, given), api.Adam(1e-6)

    def train(model: Any = model, optimizer: Any = optimizer) -> None:
        guess, backprop = model.begin_update(X)
        backprop(guess - Y)
        model.finish_update(optimizer)

    def guard() -> int:
        return int(steps.ops.take_step(steps.table))

    train()
    train(other, other_optimizer)
    steps = other._rows.rows.steps()
    steps.live[-1].gradient.reshape(-1)[-1] = np.nan
    if guard() != len(steps.live) - 1:
        raise RuntimeError("the step was not refused for its last gradient")
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
