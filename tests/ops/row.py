"""How to call an op, and random arguments for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Args = tuple[Any, ...]


class Draw:
    """Random arguments, the same for the same seed."""

    def __init__(self, seed: int = 0) -> None:
        self.rng = np.random.default_rng(seed)

    def floats(self, *shape: int) -> Any:
        return self.rng.standard_normal(shape)

    def positive(self, *shape: int) -> Any:
        return self.rng.uniform(0.1, 0.9, shape)

    def ints(self, limit: int, *shape: int) -> Any:
        return self.rng.integers(0, limit, shape).astype("int32")

    def keys(self, *shape: int) -> Any:
        return self.rng.integers(0, 2**64, shape, dtype="uint64")

    def lengths(self, n: int, empty: bool = True) -> Any:
        """Of sequences that have ``n`` rows together, some of them none where that may be."""
        cuts = np.unique(self.rng.integers(1, n, 3)) if n > 1 else np.zeros(0, dtype="int64")
        lengths = np.diff([0, *cuts, n]) if n else np.zeros(0, dtype="int64")
        if empty:
            lengths = np.concatenate([[0], lengths[:1], [0, 0], lengths[1:], [0]])
        return lengths.astype("int32")

    def sequences(self, n: int, width: int = 3) -> list[Any]:
        return [self.floats(length, width) for length in self.lengths(n)]


@dataclass(frozen=True)
class Row:
    """How to call one op."""

    op: str
    make: Callable[[Draw, int], Args]
    kwargs: tuple[tuple[str, Any], ...] = ()
    writes: tuple[int, ...] = ()
    keeps_dtype: bool = True  # floats come out in the type that they went in with

    def __str__(self) -> str:
        return self.op + "".join(f" {name}={value}" for name, value in self.kwargs)
