"""A stand-in for a model: arrays with paths, and gradients from one seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count

import numpy as np
import pytest

from combinet.types import Parameter

_ids = count(1000)
SHAPES = {"0/W": (4, 3), "0/b": (4,), "1.2/W": (2, 4), "1.2/E": (5, 2, 2)}


class Net:
    """Parameters by path, in the order given; ids are new for every net, as models' are."""

    def __init__(self, shapes: dict[str, tuple[int, ...]] = SHAPES, dtype: str = "float32") -> None:
        rng = np.random.default_rng(0)
        ids = {path.split("/")[0]: next(_ids) for path in shapes}
        self.rows = [
            Parameter(
                path,
                (ids[path.split("/")[0]], path.split("/")[1]),
                rng.normal(size=shape).astype(dtype),
                np.zeros(shape, dtype),
            )
            for path, shape in shapes.items()
        ]

    def parameters(self) -> Iterator[Parameter]:
        yield from self.rows

    def weights(self) -> dict[str, np.ndarray]:
        return {row.path: np.asarray(row.weights) for row in self.rows}

    def set_gradients(self, seed: int, scale: float = 1.0) -> Sequence[Parameter]:
        """Fill the gradients with the numbers of ``seed``; the rows, for ``update``."""
        rng = np.random.default_rng((7, seed))
        for row in self.rows:
            assert row.gradient is not None
            row.gradient[...] = scale * rng.normal(size=row.weights.shape)
        return self.rows

    def copy_weights(self, other: Net) -> None:
        for row, theirs in zip(self.rows, other.rows, strict=True):
            row.weights[...] = theirs.weights


@pytest.fixture
def make_net() -> Callable[..., Net]:
    return Net


@pytest.fixture
def net() -> Net:
    return Net()
