"""array_getitem: a part of an array, by an index that is given beforehand."""

from __future__ import annotations

from collections.abc import Callable
from types import EllipsisType
from typing import Any, TypeAlias

from ..errors import DTypeError, RangeError
from ..fusion import known_as
from ..model import NO_DX, Model
from ..types import ArrayXd, FloatsXd, IntsXd
from ._inputs import as_gradient, is_nothing

One: TypeAlias = int | slice | EllipsisType | None
Index: TypeAlias = One | list[int] | tuple[One | list[int], ...]


def array_getitem(index: Index) -> Model[ArrayXd, ArrayXd]:
    """Index an array: ``Y = X[index]``; the gradient of the rest of ``X`` is zero.

    Args:
        index: An int, a slice, a list of ints, or a tuple of these. Lives in
            ``attrs["index"]``.

    Raises:
        DTypeError: The input is no array.
        RangeError: It has no such part.
    """
    return Model("array-getitem", _forward, attrs={"index": index})


def floats_getitem(index: Index) -> Model[FloatsXd, FloatsXd]:
    """``array_getitem`` for arrays of floats."""
    return Model("floats-getitem", _forward, attrs={"index": index})


def ints_getitem(index: Index) -> Model[IntsXd, Any]:
    """``array_getitem`` for arrays of ints, whose gradient is zero everywhere."""
    return Model("ints-getitem", _forward, attrs={"index": index}, gradient="none")


@known_as("getitem")
def _forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    index = model.attrs["index"]
    # An empty list of arrays is laid out without a width, so it has no columns to choose.
    Y = X if is_nothing(X) else _part(model, X, index)

    def backprop(dY: Any, *, need_dX: bool = True) -> Any:
        if not need_dX:
            return NO_DX
        if X.dtype.kind != "f" or is_nothing(X):
            return model.ops.alloc(X.shape, dtype=X.dtype)
        dX: Any = model.ops.alloc(X.shape, dtype=dY.dtype)
        dY = as_gradient(model, dY, Y)
        if _has_list(index):
            model.ops.xp.add.at(dX, index, dY)  # a row may be chosen more than once
        else:
            dX[index] = dY
        return dX

    return Y, backprop


def _part(model: Model[Any, Any], X: Any, index: Any) -> Any:
    if not isinstance(X, model.ops.xp.ndarray):
        raise DTypeError(
            f"{model.name} takes an array, got {type(X).__name__}",
            fix="with_array(layer) runs it on the rows of a list, a Ragged or a Padded",
        )
    try:
        return X[index]
    except IndexError as error:
        raise RangeError(f"{model.name} finds no part {index} in its input", X=X.shape) from error


def _has_list(index: Index) -> bool:
    return isinstance(index, list) or (
        isinstance(index, tuple) and any(isinstance(part, list) for part in index)
    )
