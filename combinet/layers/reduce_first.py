"""reduce_first: the first row of each sequence."""

from __future__ import annotations

from collections.abc import Callable

from ..model import Model
from ..ops import Ops
from ..registry import registry
from ..types import Floats2d, Ints1d, Ragged
from ._reductions import reduce_filled, reduction


@registry.layers("reduce_first.v1")
def reduce_first() -> Model[Ragged, Floats2d]:
    """Take the first row of each sequence; zeros for an empty one.

    Shapes:
        Ragged of B sequences, nI wide -> (B, nI).
    """
    return reduction("reduce_first", _forward)


def _forward(
    model: Model[Ragged, Floats2d], Xr: Ragged, is_train: bool
) -> tuple[Floats2d, Callable[[Floats2d], Ragged]]:
    return reduce_filled(model, Xr, _reduce)


def _reduce(
    ops: Ops, X: Floats2d, lengths: Ints1d
) -> tuple[Floats2d, Callable[[Floats2d], Floats2d]]:
    Y, starts_ends = ops.reduce_first(X, lengths)

    def backprop(dY: Floats2d) -> Floats2d:
        return ops.backprop_reduce_first(dY, starts_ends)

    return Y, backprop
