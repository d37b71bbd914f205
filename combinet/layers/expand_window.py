"""expand_window: every row with its neighbours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, overload

from ..errors import DimError, DTypeError, ShapeError
from ..fusion import known_as
from ..infer import Spec, fit, same
from ..model import Model
from ..registry import registry
from ..types import Floats2d, Ragged
from ._inputs import as_gradient, as_ragged, as_ragged_gradient, as_rows


@overload
def expand_window(
    window_size: int = 1, *, of: Literal["array"] = "array"
) -> Model[Floats2d, Floats2d]: ...
@overload
def expand_window(window_size: int = 1, *, of: Literal["ragged"]) -> Model[Ragged, Ragged]: ...
@registry.layers("expand_window.v1")
def expand_window(window_size: int = 1, *, of: str = "array") -> Model[Any, Any]:
    """Put the rows around each row beside it: ``Y[i] = [X[i - w], ..., X[i], ..., X[i + w]]``.

    Past the ends, of the array or of a sequence of the Ragged, there are zeros.

    Args:
        window_size: w, how many rows are taken on each side. Lives in ``attrs["window_size"]``.
        of: The container, for type checkers; both work at run time.

    Shapes:
        (n, nI) -> (n, (2 w + 1) nI); a Ragged keeps its lengths.

    Raises:
        DTypeError: The input is a list, or not of floats.
    """
    if window_size < 0:
        raise ShapeError(f"a window takes 0 rows or more on each side, got {window_size}")
    return Model("expand_window", _forward, attrs={"window_size": window_size}, infer=_infer)


@known_as("expand_window")
def _forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    if isinstance(X, Ragged):
        return _expand_ragged(model, X)
    if isinstance(X, list):
        raise DTypeError(
            f"{model.name} takes an array or a Ragged, got list",
            fix=f"with_ragged({model.name}(...)) keeps windows inside their sequences",
        )
    ops, w = model.ops, model.attrs["window_size"]
    Y = ops.seq2col(as_rows(model, X), w)

    def backprop(dY: Floats2d) -> Floats2d:
        return ops.backprop_seq2col(as_gradient(model, dY, Y), w)

    return Y, backprop


def _expand_ragged(
    model: Model[Ragged, Ragged], Xr: Ragged
) -> tuple[Ragged, Callable[[Ragged], Ragged]]:
    ops, w, lengths, shape = model.ops, model.attrs["window_size"], Xr.lengths, Xr.data_shape
    Y = ops.seq2col(as_ragged(model, Xr), w, lengths=lengths)

    def backprop(dYr: Ragged) -> Ragged:
        dX = ops.backprop_seq2col(as_ragged_gradient(model, dYr, Y), w, lengths=lengths)
        return Ragged(dX, lengths, shape)

    return Ragged(Y, lengths), backprop


def _infer(
    model: Model[Any, Any], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    form, rows = Spec(rank=2, dtype="f"), 2 * model.attrs["window_size"] + 1
    x = fit(model, x or Spec(), form)
    narrow = y = fit(model, y or Spec(), form)
    if y.width is not None:
        if y.width % rows:
            raise DimError(
                f"{model.name} gives {rows} rows side by side, and is to give {y.width} numbers",
                fix=f"choose a multiple of {rows}",
            )
        narrow = y.but(width=y.width // rows)
    x, _ = same(model, x, narrow)
    if x is not None and x.width is not None:
        y = y.but(width=x.width * rows, origin=y.origin or x.origin)
    return x, y
