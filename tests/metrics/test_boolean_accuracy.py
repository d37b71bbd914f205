"""BooleanAccuracy: a row is right when all of it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from combinet.errors import ShapeError
from combinet.metrics import BooleanAccuracy

from .batches import CUTS, assert_same_in_pieces


def by_hand(predictions: np.ndarray, truths: np.ndarray, mask: np.ndarray) -> float:
    right = [
        all(p == t for p, t, m in zip(*row, strict=True) if m)
        for row in zip(predictions, truths, mask, strict=True)
        if row[2].any()
    ]
    return sum(right) / len(right) if right else 0.0


@given(seed=st.integers(0, 10**6), rows=st.integers(0, 12), cuts=CUTS)
@settings(max_examples=40, deadline=None)
def test_it_is_what_counting_by_hand_gives(seed: int, rows: int, cuts: list[int]) -> None:
    rng = np.random.default_rng(seed)
    data = tuple(rng.integers(0, 2, (rows, 3)) for _ in range(3))
    assert assert_same_in_pieces(BooleanAccuracy, data, cuts) == pytest.approx(by_hand(*data))


@pytest.mark.parametrize(
    ("predictions", "truths", "expected"),
    [
        ([1, 0, 1, 1], [1, 0, 0, 1], 3 / 4),
        ([[1, 0], [1, 1]], [[1, 0], [0, 1]], 1 / 2),
        ([np.array([1, 0]), np.array([1])], [[1, 1], [1]], 1 / 2),
        (np.zeros((2, 2, 2)), np.zeros((2, 2, 2)), 1.0),
    ],
)
def test_rows_may_be_numbers_vectors_or_sequences(
    predictions: Any, truths: Any, expected: float
) -> None:
    metric = BooleanAccuracy()
    metric(predictions, truths)
    assert metric.get_metric() == expected


def test_shapes_must_agree() -> None:
    with pytest.raises(ShapeError, match="different shapes"):
        BooleanAccuracy()(np.zeros((2, 3)), np.zeros((2, 2)))
