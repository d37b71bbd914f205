"""Layers and combinators as Thinc has them: an init that is given data, and no rule of sizes."""

from __future__ import annotations

from typing import Any

from combinet.initializers import glorot_uniform_init
from combinet.model import Model

#: The name of a layer whose init was called, and the shapes of the X and Y it got.
Visit = tuple[str, Any, Any]


def thinc_layer(
    log: list[Visit], name: str = "opaque", nO: int | None = None, nI: int | None = None
) -> Model[Any, Any]:
    """A layer as Thinc has them: its init reads the sizes off the data."""

    def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
        log.append((name, *(None if a is None else a.shape for a in (X, Y))))
        if X is not None:
            model.set_dim("nI", X.shape[1])
        if Y is not None and model.has_dim("nO") is None:
            model.set_dim("nO", Y.shape[1])
        shape = (model.get_dim("nO"), model.get_dim("nI"))
        model.set_param("W", glorot_uniform_init(model.ops, shape))

    return Model(name, multiply, init=init, dims={"nO": nO, "nI": nI}, params={"W": None})


def multiply(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
    W = model.get_param("W")

    def backprop(dY: Any) -> Any:
        model.inc_grad("W", dY.T @ X)
        return dY @ W

    return X @ W.T, backprop


def composite(*layers: Model[Any, Any], init: Any = None) -> Model[Any, Any]:
    """A user's own combinator, with an init as Thinc has them or with none."""
    return Model("composite", run_all, layers=layers, init=init, dims={"nO": None})


def run_all(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
    backprops = []
    for layer in model.layers:
        X, backprop = layer(X, is_train)
        backprops.append(backprop)

    def backprop_all(dY: Any) -> Any:
        for backprop in reversed(backprops):
            dY = backprop(dY)
        return dY

    return X, backprop_all


def init_in_turn(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    for layer in model.layers[:-1]:
        layer.initialize(X=X)
        X = None if X is None else layer.predict(X)
    model.layers[-1].initialize(X=X, Y=Y)
