"""RotaryPositions: turn each row by an angle that grows with its place in the sequence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, overload

from ..errors import DimError, ShapeError
from ..infer import Spec
from ..model import Model
from ..ops import Ops
from ..registry import registry
from ..types import Floats2d, Ints1d, Padded, Ragged
from ._sequences import Sequences, infer_same_rows, positions_of


@overload
def RotaryPositions(
    heads: int = 1, *, period: float = 10000.0, of: Literal["ragged"] = "ragged"
) -> Model[Ragged, Ragged]: ...
@overload
def RotaryPositions(
    heads: int = 1, *, period: float = 10000.0, of: Literal["list"]
) -> Model[list[Floats2d], list[Floats2d]]: ...
@overload
def RotaryPositions(
    heads: int = 1, *, period: float = 10000.0, of: Literal["padded"]
) -> Model[Padded, Padded]: ...
@registry.layers("RotaryPositions.v1")
def RotaryPositions(
    heads: int = 1, *, period: float = 10000.0, of: str = "ragged"
) -> Model[Any, Any]:
    """Turn pair j of each head, its columns j and j + d/2, by ``i / period^(2 j / d)`` in row i.

    The product of two rows so turned depends on their distance alone, so this goes before
    attention scores; ``MultiHeadAttention(rotary_period=10000.0)`` turns queries and keys.

    Args:
        heads: How many parts the row has, d wide each. Lives in ``attrs["heads"]``.
        period: The longest wave is about 2 pi times as many rows. Lives in ``attrs["period"]``.
        of: The container, for type checkers; each of them works at run time.

    Shapes:
        Sequences of rows, nO = heads d wide -> the same.

    Raises:
        ShapeError: The width is no even multiple of ``heads``.
        DTypeError: The input is one array, which does not say where its sequences end.

    Source:
        Su et al., RoFormer: Enhanced Transformer with Rotary Position Embedding, 2021.
    """
    return Model(
        "rotary_positions",
        _forward,
        dims={"nO": None},
        attrs={"heads": heads, "period": period},
        infer=_infer,
    )


def _forward(model: Model[Any, Any], Xs: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    seqs = Sequences(model, Xs)
    if problem := _misfit(model, seqs.rows.shape[1]):
        raise ShapeError(problem, X=seqs.rows.shape)
    places = positions_of(model.ops, seqs.lengths)
    settings = model.attrs["heads"], model.attrs["period"]
    Y, backprop_turn = turned(model.ops, seqs.rows, places, *settings)

    def backprop(dYs: Any) -> Any:
        return seqs.restore(backprop_turn(seqs.gradient(dYs, Y)))

    return seqs.restore(Y), backprop


def turned(
    ops: Ops, X: Floats2d, places: Ints1d, heads: int, period: float
) -> tuple[Floats2d, Callable[[Floats2d], Floats2d]]:
    """Every head of every row turned by its place, and the way back."""
    rows, flat = (len(X), heads, X.shape[1] // heads), X.shape
    Y = ops.rotary(X.reshape(rows), places, period=period).reshape(flat)

    def backprop(dY: Floats2d) -> Floats2d:
        dX: Floats2d = ops.backprop_rotary(dY.reshape(rows), places, period=period).reshape(flat)
        return dX

    return Y, backprop


def _misfit(model: Model[Any, Any], width: int) -> str:
    heads = model.attrs["heads"]
    if width % (2 * heads) == 0:
        return ""
    return f"{model.name} turns pairs of columns in {heads} heads, and rows are {width} wide"


def _infer(
    model: Model[Any, Any], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    x, y = infer_same_rows(model, x, y)
    width = model.maybe_get_dim("nO")
    if width is not None and (problem := _misfit(model, width)):
        raise DimError(problem, fix=f"choose a multiple of {2 * model.attrs['heads']}")
    return x, y
