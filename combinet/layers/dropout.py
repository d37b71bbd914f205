"""Dropout: zero a random part of the input in training."""

# Plans ask a node what only nodes themselves may know.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, overload

from ..errors import CombinetError
from ..fusion import known_as
from ..infer import same
from ..model import Model
from ..registry import registry
from ..types import Floats2d, Padded, Ragged
from ._inputs import as_floats, as_gradient


@overload
def Dropout(rate: float = 0.0, *, of: Literal["array"] = "array") -> Model[Floats2d, Floats2d]: ...
@overload
def Dropout(rate: float = 0.0, *, of: Literal["list"]) -> Model[list[Floats2d], list[Floats2d]]: ...
@overload
def Dropout(rate: float = 0.0, *, of: Literal["ragged"]) -> Model[Ragged, Ragged]: ...
@overload
def Dropout(rate: float = 0.0, *, of: Literal["padded"]) -> Model[Padded, Padded]: ...
@registry.layers("Dropout.v1")
def Dropout(rate: float = 0.0, *, of: str = "array") -> Model[Any, Any]:
    """In training, ``Y = X m / (1 - rate)`` with m 0 at a part ``rate`` of the places, else 1.

    The mask is a function of the node's key and the number of the draw, so it is never
    stored, and a checkpoint goes on with the masks of the run it continues.

    Args:
        rate: The part that is zeroed, 0 <= rate <= 1. Lives in ``attrs["dropout_rate"]``.
        of: The container, for type checkers; any container works at run time.

    Source:
        Srivastava et al., Dropout: A Simple Way to Prevent Neural Networks from Overfitting,
        2014; masks by Philox4x32-10, Salmon et al. 2011.
    """
    if not 0 <= rate <= 1:
        raise CombinetError(f"a dropout rate lies between 0 and 1, got {rate}")
    attrs = {"dropout_rate": rate, "is_enabled": True}
    return Model("dropout", _forward, attrs=attrs, infer=same)


@known_as("dropout")
def _forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    rate = model.attrs["dropout_rate"]
    if not (is_train and rate and model.attrs["is_enabled"]):
        return X, _identity
    if isinstance(X, Ragged):
        data, backprop_data = _drop(model, X.data, rate)
        lengths = X.lengths
        return Ragged(data, lengths), lambda dY: Ragged(backprop_data(dY.data), lengths)
    if isinstance(X, Padded):
        data, backprop_data = _drop(model, X.data, rate)
        return _padded(X, data), lambda dY: _padded(X, backprop_data(dY.data))
    if type(X) in (list, tuple):
        dropped = [_drop(model, item, rate) for item in X]
        return [Y for Y, _ in dropped], lambda dYs: [
            backprop_item(dY) for (_, backprop_item), dY in zip(dropped, dYs, strict=True)
        ]
    return _drop(model, X, rate)


def next_drop(node: Model[Any, Any]) -> tuple[float, int, int] | None:
    """What ``ops.dropout`` takes for the next draw in training; None where nothing is drawn."""
    rate = node._attrs["dropout_rate"]
    if not (rate and node._attrs["is_enabled"]):
        return None
    key, draw = node.next_draw()
    return rate, key, draw


def _drop(model: Model[Any, Any], X: Any, rate: float) -> tuple[Any, Callable[[Any], Any]]:
    ops, (key, draw) = model.ops, model.next_draw()
    Y = ops.dropout(as_floats(model, X), rate, key, draw)

    def backprop(dY: Any) -> Any:
        return ops.backprop_dropout(as_gradient(model, dY, Y), rate, key, draw)

    return Y, backprop


def _identity(dY: Any) -> Any:
    return dY


def _padded(like: Padded, data: Any) -> Padded:
    return Padded(data, like.size_at_t, like.lengths, like.indices)
