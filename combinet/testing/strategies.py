"""Hypothesis strategies for batches; hypothesis is imported when one is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ._values import Leaf, rebuild
from .samples import WIDTH, sample_of

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

#: Ways in which an array may lie in memory, each with the same numbers.
LAYOUTS: dict[str, Callable[[Any], Any]] = {
    "contiguous": lambda array: array,
    "with gaps": lambda array: np.repeat(array, 2, axis=-1)[..., ::2],
    "reversed": lambda array: array[::-1].copy()[::-1],
    "Fortran": np.asfortranarray,
}


def batches(
    kind: Any, *, max_n: int = 6, width: int | None = WIDTH, shortest: int = 0
) -> SearchStrategy[Any]:
    """Batches of ``kind``: empty ones, empty sequences, strided arrays, large and tiny numbers.

    Args:
        kind: As for ``sample_of``: an array type, a list of one, Ragged, Padded, a tuple.
        max_n: The most rows, or sequences.
        width: Of the rows; None for any from 1 to 8.
        shortest: The least length of a sequence.
    """
    from hypothesis import strategies as st

    def made(n: int, wide: int, seed: int, scale: float, layout: str) -> Any:
        batch = sample_of(kind, width=wide, shortest=shortest)(np.random.default_rng(seed), n)

        def placed(leaf: Leaf) -> Any:
            scaled = leaf.array * leaf.array.dtype.type(scale) if leaf.is_float else leaf.array
            return LAYOUTS[layout](scaled)

        return rebuild(batch, placed)

    return st.builds(
        made,
        n=st.integers(0, max_n),
        wide=st.integers(1, 8) if width is None else st.just(width),
        seed=st.integers(0, 2**32 - 1),
        scale=st.sampled_from([1.0, 0.0, 1e-3, 1e3]),
        layout=st.sampled_from(sorted(LAYOUTS)),
    )
