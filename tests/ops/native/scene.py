"""A scene: forwards with their backwards, at any size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.ops.row import Draw


@dataclass(frozen=True)
class Scene:
    """``play(ops, *make(draw, n, width))`` gives arrays to compare.

    Attributes:
        linear: In every argument, so that with absolute values everywhere it gives the sums of
            absolute products.
    """

    name: str
    make: Callable[[Draw, int, int], tuple[Any, ...]]
    play: Callable[..., Any]
    linear: bool = False

    def __str__(self) -> str:
        return self.name


DROP = (0.3, 2**63 + 5, 2)


def sizes_at(d: Draw, n: int) -> Any:
    """How many sequences run at each step, for ``n`` rows together."""
    lengths = np.sort(d.lengths(n, empty=False))[::-1] if n else np.zeros(0, dtype="int32")
    steps = np.arange(int(lengths[0]) if n else 0)
    return (lengths[None, :] > steps[:, None]).sum(axis=1).astype("int32")
