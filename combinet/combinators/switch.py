"""switch: one of several layers, chosen at each call."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import Any, TypeVar

from ..errors import StructureError, UnknownName
from ..infer import Spec, mirror, solve
from ..model import Model, without_dX
from ..registry import registry
from ._specs import adopt, dims_of

In = TypeVar("In")
Out = TypeVar("Out")


@registry.layers("switch.v1")
def switch(
    on: str | int | bool | Callable[[In], Hashable], layers: Mapping[Any, Model[In, Out]]
) -> Model[In, Out]:
    """``Y = f_k(X)``, where k is an attribute, or a function of the input.

    The layers that are not chosen neither run nor get a gradient.

    Args:
        on: The key of the layer to start with, kept in ``attrs["on"]`` for you to set; or a
            function from the input to the key.
        layers: By key, of one type and with the same sizes.

    Raises:
        StructureError: There are no layers.
        UnknownName: No layer has that key.

    Example:
        >>> from combinet import Linear, Relu
        >>> from combinet.combinators import switch
        >>> head = switch("fast", {"fast": Linear(2, 3), "good": Relu(8, 3) >> Linear(2)})
        >>> head.attrs["on"] = "good"
    """
    if not layers:
        raise StructureError("switch() takes one layer or more", fix="noop() passes its input on")
    every, keys = tuple(layers.values()), list(layers)
    model = Model[In, Out](
        f"switch({', '.join(map(str, keys))})",
        partial(_forward, choose=on) if callable(on) else _forward,
        dims=dims_of(every),
        layers=every,
        attrs={"keys": keys} if callable(on) else {"keys": keys, "on": on},
        infer=_infer,
    )
    if not callable(on):
        _chosen(model, on)
    return adopt(model, "nO", "nI")


def _forward(
    model: Model[Any, Any],
    X: Any,
    is_train: bool,
    choose: Callable[[Any], Hashable] | None = None,
) -> tuple[Any, Callable[[Any], Any]]:
    key = model.attrs["on"] if choose is None else choose(X)
    Y, run = _chosen(model, key)(X, is_train)

    def backprop(dY: Any, *, need_dX: bool = True) -> Any:
        return run(dY) if need_dX else without_dX(run)(dY)

    return Y, backprop


def _chosen(model: Model[Any, Any], key: Any) -> Model[Any, Any]:
    keys: list[Any] = model.attrs["keys"]
    if key not in keys:
        raise UnknownName(
            f"{model.name} has no layer {key!r}", known=", ".join(map(repr, keys)) or "none"
        )
    return model.layers[keys.index(key)]


def _infer(
    model: Model[Any, Any], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    x, y = mirror(model, "nI", x), mirror(model, "nO", y)
    for layer in (*model.layers, *reversed(model.layers)):
        x, y = solve(layer, x, y)
    return mirror(model, "nI", x), mirror(model, "nO", y)
