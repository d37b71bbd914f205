"""What a layer costs beside its arithmetic: twenty that do nothing, twenty of (8, 32) x (32, 32).

"train" is forward and backward without an optimizer. torch's backward skips layers that do
nothing, so only its forward is in the first case.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from .peers.composed import Composed, both
from .workload import Arrays, Case, Entrant, Settings, Work, Workload

LAYERS, BATCH, WIDTH = 20, 8, 32


def overhead_given(settings: Settings) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    W = rng.standard_normal((LAYERS, WIDTH, WIDTH), dtype="f") * np.float32(WIDTH**-0.5)
    return {"W": W, "X": rng.standard_normal((BATCH, WIDTH), dtype="f")}


def _pass_on(model: Any, X: Any, is_train: bool) -> Any:
    return X, _pass_back


def _pass_back(dY: Any) -> Any:
    return dY


def _composed(lib: Composed, settings: Settings, given: Arrays) -> Entrant:
    api, X = lib.api, given["X"]
    if settings["empty"]:
        model = api.chain(*[api.Model("empty", _pass_on) for _ in range(LAYERS)])
    else:
        model = api.chain(*[api.Linear(WIDTH, WIDTH) for _ in range(LAYERS)]).initialize()
        for layer, W in zip(model.layers, given["W"], strict=True):
            layer.set_param("W", W)

    def train() -> Any:
        Y, backprop = model.begin_update(X)
        return backprop(Y)

    def answers() -> dict[str, Any]:
        return {"Y": model.predict(X), "dX": train()}

    return Entrant({"train": Work(train), "predict": Work(lambda: model.predict(X))}, answers)


def _torch(settings: Settings, given: Arrays, variant: str) -> Entrant:
    torch: Any = import_module("torch")
    nn, X = torch.nn, torch.from_numpy(given["X"])
    kinds = [nn.Identity() if settings["empty"] else nn.Linear(WIDTH, WIDTH) for _ in given["W"]]
    module = nn.Sequential(*kinds)
    if not settings["empty"]:
        with torch.no_grad():
            for layer, W in zip(kinds, given["W"], strict=True):
                layer.weight.copy_(torch.from_numpy(W))
                layer.bias.zero_()
    X_to_train: Any = X.clone().requires_grad_()

    def train() -> None:
        Y = module(X_to_train)
        Y.backward(Y.detach())

    def predict() -> Any:
        with torch.inference_mode():
            return module(X).numpy()

    def answers() -> dict[str, Any]:
        if settings["empty"]:
            return {"Y": predict()}
        X_to_train.grad = None
        train()
        gradient: Any = X_to_train.grad
        return {"Y": predict(), "dX": gradient.numpy()}

    works = {"predict": Work(predict)}
    return Entrant(works if settings["empty"] else works | {"train": Work(train)}, answers)


WORKLOAD = Workload(
    name="layer_overhead",
    cases=[
        Case(f"{LAYERS} empty layers", {"empty": True, "dropout": 0.0}),
        Case(f"{LAYERS} linear layers", {"empty": False, "dropout": 0.0}),
    ],
    given=overhead_given,
    builders={**both(_composed), "torch": _torch},
    threads=(1,),
    variants=("eager", "no BLIS"),
)
