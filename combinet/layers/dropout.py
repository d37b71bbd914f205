"""Dropout: zero a random part of the input in training."""

# Plans ask a node what only nodes themselves may know.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, overload

from ..combinators._gradient import check_like
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
    if isinstance(X, Ragged | Padded):
        return _drop_rows(model, X, rate)
    if type(X) in (list, tuple):
        return _drop_items(model, X, rate)
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


def _drop_rows(
    model: Model[Any, Any], X: Ragged | Padded, rate: float
) -> tuple[Any, Callable[[Any], Any]]:
    data, backprop_data = _drop(model, X.data, rate)
    Y = _with_data(X, data)

    def backprop(dY: Any) -> Any:
        check_like(model, dY, Y)
        return _with_data(X, backprop_data(dY.data))

    return Y, backprop


def _drop_items(
    model: Model[Any, Any], Xs: Sequence[Any], rate: float
) -> tuple[list[Any], Callable[[Any], list[Any]]]:
    dropped = [_drop(model, item, rate) for item in Xs]

    def backprop(dYs: Any) -> list[Any]:
        check_like(model, dYs, dropped)
        return [run(dY) for (_, run), dY in zip(dropped, dYs, strict=True)]

    return [Y for Y, _ in dropped], backprop


def _identity(dY: Any) -> Any:
    return dY


def _with_data(like: Any, data: Any) -> Any:
    if isinstance(like, Ragged):
        return Ragged(data, like.lengths, like.data_shape)
    return Padded(data, like.size_at_t, like.lengths, like.indices)
