"""What the layers share that look ids up in a mapping."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import DTypeError, ShapeError
from ..infer import Spec, fit
from ..model import Model
from ..types import Ints2d


def look_up(
    model: Model[Any, Any], table: Mapping[Any, int], keys: Sequence[Any], dtype: str
) -> Ints2d:
    """The number that each key stands for, ``attrs["default"]`` for an unknown one: (n, 1).

    Raises:
        DTypeError: A key is of a kind that no mapping has.
    """
    default = model.attrs["default"]
    try:
        found = [table.get(key, default) for key in keys]
    except TypeError as error:
        raise DTypeError(
            f"{model.name} takes keys of its mapping, got something no mapping can hold: {error}",
            fix="pass a flat sequence of words or of ints",
        ) from error
    ids: Any = model.ops.asarray1i(found, dtype=dtype)
    column: Ints2d = ids.reshape((len(found), 1))
    return column


def keys_of(model: Model[Any, Any], X: Any, column: int | None) -> Sequence[Any]:
    """The keys in an array of ints, or in a column of it, or in a sequence.

    Raises:
        DTypeError: ``X`` is a single word or an array of floats, or a sequence has no columns.
        ShapeError: It is an array without that column, or with columns and none is named.
    """
    if not (hasattr(X, "dtype") and hasattr(X, "shape")):
        if isinstance(X, (str, bytes)) or not hasattr(X, "__iter__") or column is not None:
            raise DTypeError(
                f"{model.name} takes "
                + ("a sequence of words" if column is None else "an array of columns")
                + f", got {type(X).__name__}",
                fix="wrap a single word in a list; column= is for arrays",
            )
        return list(X)
    if getattr(X.dtype, "kind", "") not in ("i", "u", "U", "S"):
        raise DTypeError(f"{model.name} takes ids, got {X.dtype}", X=X.shape)
    if X.shape == (0, 0):
        return []
    if column is None and X.ndim == 2 and X.shape[1] == 1:
        column = 0
    if X.ndim != (1 if column is None else 2):
        raise ShapeError(
            f"{model.name} takes one id a row, (n,)"
            if column is None
            else f"{model.name} takes column {column} of an array (n, columns)",
            X=X.shape,
            fix="column=0 takes the first column of several",
        )
    if column is not None and not -X.shape[1] <= column < X.shape[1]:
        raise ShapeError(f"{model.name} takes column {column}, and there is none", X=X.shape)
    keys: list[Any] = model.ops.to_numpy(X if column is None else X[:, column]).tolist()
    return keys


def no_gradient(model: Model[Any, Any], X: Any) -> Callable[[Any], Any]:
    """A backprop that gives zeros for an array and an empty list for a sequence."""
    is_array = hasattr(X, "dtype") and X.dtype.kind in "iu"

    def backprop(dY: Any) -> Any:
        return model.ops.alloc(X.shape, dtype=X.dtype) if is_array else []

    return backprop


def infer_ids(
    model: Model[Any, Any], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    """Anything -> (n, 1) ints."""
    return x, fit(model, y or Spec(width=1), Spec("array", 2, dtype="i"))
