"""reduce_max: the largest of each column in each sequence."""

from __future__ import annotations

from collections.abc import Callable

from ..model import Model
from ..ops import Ops
from ..registry import registry
from ..types import Floats2d, Ints1d, Ragged
from ._reductions import reduce_filled, reduction


@registry.layers("reduce_max.v1")
def reduce_max() -> Model[Ragged, Floats2d]:
    """Take the largest of each column in each sequence; zeros for an empty one.

    Shapes:
        Ragged of B sequences, nI wide -> (B, nI).
    """
    return reduction("reduce_max", _forward)


def _forward(
    model: Model[Ragged, Floats2d], Xr: Ragged, is_train: bool
) -> tuple[Floats2d, Callable[[Floats2d], Ragged]]:
    return reduce_filled(model, Xr, _reduce)


def _reduce(
    ops: Ops, X: Floats2d, lengths: Ints1d
) -> tuple[Floats2d, Callable[[Floats2d], Floats2d]]:
    Y, which = ops.reduce_max(X, lengths)

    def backprop(dY: Floats2d) -> Floats2d:
        return ops.backprop_reduce_max(dY, which, lengths)

    return Y, backprop
