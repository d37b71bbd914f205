"""Data for the metrics, cut into batches in every form that they take."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from hypothesis import strategies as st

from combinet.metrics import Accumulator

Batch = tuple[Any, ...]


@st.composite
def classified(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Probabilities (rows, classes), labels and a mask; labels under the mask are -1."""
    n, classes = draw(st.integers(1, 30)), draw(st.integers(2, 5))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    scores = rng.integers(1, 6, (n, classes)).astype("float32")  # few values, so that many tie
    mask = rng.random(n) < draw(st.sampled_from([0.0, 0.6, 1.0]))
    labels = np.where(mask, rng.integers(0, classes, n), -1)
    return scores / scores.sum(axis=1, keepdims=True), labels, mask


def pieces(data: Batch, cuts: list[int]) -> Iterator[Batch]:
    """The rows of all arrays, cut at the same places; some pieces are empty."""
    places = sorted(cut % (len(data[0]) + 1) for cut in cuts)
    for start, end in zip([0, *places], [*places, len(data[0])], strict=True):
        yield tuple(array[start:end] for array in data)


def assert_same_in_pieces(
    make: Callable[[], Accumulator], data: Batch, cuts: list[int]
) -> float | dict[str, float]:
    """Whole, in batches, and again after a reset: the value is the same. Gives the value."""
    whole, parts = make(), make()
    count: Any = whole
    count(*data)
    value = whole.get_metric()
    for _ in range(2):
        for piece in pieces(data, cuts):
            count = parts
            count(*piece)
        np.testing.assert_equal(rounded(parts.get_metric(reset=False)), rounded(value))
        np.testing.assert_equal(rounded(parts.get_metric(reset=True)), rounded(value))
    return value


def rounded(value: float | dict[str, float]) -> Any:
    if isinstance(value, dict):
        return {name: rounded(each) for name, each in value.items()}
    assert type(value) is float
    return float(f"{value:.9g}")


CUTS = st.lists(st.integers(0, 100), max_size=3)
