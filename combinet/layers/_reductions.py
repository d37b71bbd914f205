"""What the layers share that turn every sequence into one row."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

from ..combinators._specs import carried
from ..model import Model
from ..ops import Ops
from ..types import Floats2d, Ints1d, Ragged
from ._inputs import as_gradient, as_ragged

#: Over sequences none of which is empty.
Reduce: TypeAlias = Callable[
    [Ops, Floats2d, Ints1d], tuple[Floats2d, Callable[[Floats2d], Floats2d]]
]


def reduction(name: str, forward: Callable[..., Any]) -> Model[Ragged, Floats2d]:
    """A node from a Ragged to one row a sequence, of the same width."""
    return Model(name, forward, infer=partial(carried, into="Ragged", out_of="array"))


def reduce_filled(
    model: Model[Any, Any], Xr: Ragged, reduce: Reduce
) -> tuple[Floats2d, Callable[[Floats2d], Ragged]]:
    """``reduce`` the sequences that have rows; the others give zeros, and get no gradient."""
    ops, X, lengths, shape = model.ops, as_ragged(model, Xr), Xr.lengths, Xr.data_shape
    filled = ops.xp.asarray(ops.to_numpy(lengths).nonzero()[0])
    part, backprop_reduce = reduce(ops, X, lengths[filled])
    Y: Any = ops.alloc2f(len(lengths), X.shape[1], dtype=X.dtype)
    Y[filled] = part

    def backprop(dY: Floats2d) -> Ragged:
        dY = as_gradient(model, dY, Y)
        return Ragged(backprop_reduce(dY[filled]), lengths, shape)

    return Y, backprop
