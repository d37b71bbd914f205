"""block_orthogonal_init: one array that holds several orthogonal matrices."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import product

from ..errors import ShapeError
from ..ops import NumpyOps, Ops
from ..registry import registry
from ..types import FloatsXd, Shape
from ._draw import Initializer
from .orthogonal import orthogonal_init


def block_orthogonal_init(
    ops: Ops, shape: Shape, *, split_sizes: Sequence[int], gain: float = 1.0
) -> FloatsXd:
    """Blocks of ``split_sizes``, each an orthogonal matrix of its own.

    For weights that one matrix multiplication applies together, such as those of the four
    gates of an LSTM, (4 * nH, nI): ``split_sizes=(nH, nI)``.

    Args:
        split_sizes: The shape of a block; it divides the shape.
        gain: As in ``orthogonal_init``.

    Raises:
        ShapeError: The blocks do not fill the shape, or have fewer than two sizes.
    """
    fits = len(shape) == len(split_sizes) and all(
        block > 0 and size % block == 0 for size, block in zip(shape, split_sizes, strict=True)
    )
    if not fits:
        raise ShapeError(
            f"blocks of {tuple(split_sizes)} do not fill {shape}",
            fix="each of split_sizes divides the size in its place, and there are as many",
        )
    W = ops.alloc(shape)
    counts = [size // block for size, block in zip(shape, split_sizes, strict=True)]
    for place in product(*map(range, counts)):
        corner = tuple(slice(i * b, (i + 1) * b) for i, b in zip(place, split_sizes, strict=True))
        block = orthogonal_init(NumpyOps(), tuple(split_sizes), gain=gain)
        W[corner] = ops.asarray(block)
    return W


@registry.initializers("block_orthogonal_init.v1")
def configure_block_orthogonal_init(
    *, split_sizes: Sequence[int], gain: float = 1.0
) -> Initializer:
    """``block_orthogonal_init`` with these blocks."""
    return partial(block_orthogonal_init, split_sizes=tuple(split_sizes), gain=gain)
