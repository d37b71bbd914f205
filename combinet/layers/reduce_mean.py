"""reduce_mean: the mean of each sequence's rows."""

from __future__ import annotations

from collections.abc import Callable

from ..fusion import known_as
from ..model import Model
from ..registry import registry
from ..types import Floats2d, Ragged
from ._inputs import as_gradient, as_ragged
from ._reductions import reduction


@registry.layers("reduce_mean.v1")
def reduce_mean() -> Model[Ragged, Floats2d]:
    """Average the rows of each sequence; zeros for an empty one.

    Shapes:
        Ragged of B sequences, nI wide -> (B, nI).
    """
    return reduction("reduce_mean", _forward)


@known_as("reduce_mean")
def _forward(
    model: Model[Ragged, Floats2d], Xr: Ragged, is_train: bool
) -> tuple[Floats2d, Callable[[Floats2d], Ragged]]:
    ops, X, lengths, shape = model.ops, as_ragged(model, Xr), Xr.lengths, Xr.data_shape
    Y = ops.reduce_mean(X, lengths)

    def backprop(dY: Floats2d) -> Ragged:
        dX = ops.backprop_reduce_mean(as_gradient(model, dY, Y), lengths)
        return Ragged(dX, lengths, shape)

    return Y, backprop
