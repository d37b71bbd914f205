"""What a layer does at its edge: take what fits, cast other floats, name what is wrong."""

from __future__ import annotations

from typing import Any

from ..errors import BackpropError, DTypeError, ShapeError
from ..model import Model
from ..types import Floats2d, FloatsXd, Ints1d, Ragged
from ..util import is_torch_array


def as_rows(model: Model[Any, Any], X: Any, like: FloatsXd | None = None) -> Floats2d:
    """``X`` as an array of floats, (rows, width).

    Args:
        like: A parameter whose last axis is as wide as a row; ``X`` is cast to its dtype.

    Raises:
        DTypeError: ``X`` is no array, or not of floats.
        ShapeError: It is not 2-d, or of another width than the parameter.
    """
    fits = isinstance(X, model.ops.xp.ndarray) and X.ndim == 2
    if fits and like is not None and X.dtype == like.dtype and X.shape[1] == like.shape[-1]:
        return X  # type: ignore[no-any-return]
    rows: Any = as_floats(model, X, None if like is None else like.dtype)
    if like is not None and is_nothing(rows):
        return model.ops.alloc2f(0, like.shape[-1], dtype=like.dtype)
    if rows.ndim != 2:
        raise ShapeError(
            f"{model.name} takes rows, (n, width); got {rows.ndim} dimensions",
            X=rows.shape,
            fix="with_array2d() flattens other ranks" if rows.ndim > 2 else "X.reshape((n, width))",
        )
    if like is not None and rows.shape[1] != like.shape[-1]:
        raise ShapeError(
            f"{model.name} takes rows of {like.shape[-1]} numbers, got rows of {rows.shape[1]}",
            X=rows.shape,
            parameter=like.shape,
            fix="initialize() with a sample of the data that the model will see",
        )
    return rows  # type: ignore[no-any-return]


def as_floats(model: Model[Any, Any], X: Any, dtype: Any = None) -> Any:
    """``X`` as an array of floats: of ``dtype``, or of its own if that is float32 or float64."""
    if not _is_array(X):
        raise DTypeError(
            f"{model.name} takes an array of floats, got {type(X).__name__}",
            fix=_how_to_get_an_array(X),
        )
    if X.dtype.kind != "f":
        raise DTypeError(
            f"{model.name} takes floats, got {X.dtype}",
            X=X.shape,
            fix="X.astype('float32'), or an embedding if these are ids",
        )
    if dtype is None:
        dtype = X.dtype if X.dtype in ("float32", "float64") else "float32"
    return X if X.dtype == dtype else X.astype(dtype)


def as_ids(model: Model[Any, Any], X: Any) -> Ints1d:
    """``X`` as an array of ids, (n,).

    Raises:
        DTypeError: It is no array, or not of whole numbers.
        ShapeError: It has more dimensions than one.
    """
    kind = _kind(X)
    if kind in ("i", "u") and X.ndim == 1:
        return X  # type: ignore[no-any-return]
    if is_nothing(X):
        return model.ops.alloc1i(0)
    if kind not in ("i", "u"):
        raise DTypeError(
            f"{model.name} takes an array of ids, got {X.dtype if kind else type(X).__name__}",
            fix="strings2arrays() makes ids of words; model.ops.asarray1i(X) an array of ints",
        )
    raise ShapeError(
        f"{model.name} takes one id a row, (n,); got {X.ndim} dimensions",
        X=X.shape,
        fix="column=0 takes the first column of several",
    )


def as_ragged(model: Model[Any, Any], Xr: Any, like: FloatsXd | None = None) -> Floats2d:
    """The rows of a Ragged, as ``as_rows`` takes them.

    Raises:
        DTypeError: ``Xr`` is something else, or its rows are not floats.
    """
    if not isinstance(Xr, Ragged):
        raise DTypeError(
            f"{model.name} takes a Ragged, got {type(Xr).__name__}",
            fix="list2ragged() makes one of a list; with_ragged(layer) of any container",
        )
    return as_rows(model, Xr.data, like)


def is_nothing(X: Any) -> bool:
    """Whether ``X`` is what an empty list is laid out as: no rows, and no width known."""
    return hasattr(X, "dtype") and X.shape == (0, 0)


def as_gradient(model: Model[Any, Any], dY: Any, Y: FloatsXd) -> Any:
    """``dY``, the gradient of ``Y``, in the dtype of ``Y``.

    Raises:
        BackpropError: It is no array of that shape.
    """
    if hasattr(dY, "dtype") and dY.shape == Y.shape and dY.dtype == Y.dtype:
        return dY
    if (is_nothing(dY) or is_nothing(Y)) and len(Y) == len(dY) == 0:
        return Y
    if _kind(dY) != "f" or dY.shape != Y.shape:
        raise BackpropError(
            f"the gradient given to {model.name} does not fit its output",
            dY=f"{dY.dtype} {dY.shape}" if hasattr(dY, "dtype") else type(dY).__name__,
            Y=f"{Y.dtype} {Y.shape}",
            fix="pass the gradient with respect to what begin_update() returned",
        )
    return dY.astype(Y.dtype)


def as_ragged_gradient(model: Model[Any, Any], dYr: Any, Y: FloatsXd) -> Any:
    """The rows of ``dYr``, the gradient of a Ragged with the rows ``Y``.

    Raises:
        BackpropError: It is no Ragged of that shape.
    """
    return as_gradient(model, dYr.data if isinstance(dYr, Ragged) else None, Y)


def _is_array(X: Any) -> bool:
    """Whether it is an array as NumPy has them: no tensor, and nothing sparse."""
    return bool(_kind(X)) and hasattr(X, "ndim") and not hasattr(X, "toarray")


def _kind(X: Any) -> str:
    """What an array holds, "f" for floats; empty for what is none of NumPy's or their like."""
    kind: str = getattr(getattr(X, "dtype", None), "kind", "")
    return kind


def _how_to_get_an_array(X: Any) -> str:
    if hasattr(X, "toarray"):
        return "X.toarray() makes one; SparseLinear() takes features as they are"
    if is_torch_array(X):
        return "torch2xp(X) makes one; PyTorchWrapper(module) takes arrays too"
    if isinstance(X, Ragged):
        return "with_array(layer) runs it on the rows of a Ragged"
    if type(X) is list and _is_array((*X, None)[0]):
        return "with_array(layer) runs it on a list of arrays"
    return "model.ops.asarray2f(X) makes one"
