"""Auc is scikit-learn's area."""

from __future__ import annotations

from math import isnan
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from combinet.errors import ConfigError, ShapeError
from combinet.metrics import Auc

from .batches import CUTS, assert_same_in_pieces


@given(seed=st.integers(0, 10**6), rows=st.integers(1, 40), values=st.integers(1, 9), cuts=CUTS)
@settings(max_examples=60, deadline=None)
def test_it_is_scikit_learns_over_any_batches(
    seed: int, rows: int, values: int, cuts: list[int]
) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, values, rows) / 8  # few values, so that many tie
    labels, mask = rng.integers(0, 2, rows), rng.random(rows) < 0.8
    value = assert_same_in_pieces(Auc, (scores.astype("f"), labels, mask), cuts)
    assert isinstance(value, float)
    if len(set(labels[mask])) < 2:
        assert isnan(value)
    else:
        assert value == pytest.approx(roc_auc_score(labels[mask], scores[mask]))


def test_one_class_may_be_held_against_the_rest() -> None:
    rng = np.random.default_rng(0)
    scores, labels = rng.random((50, 3)), rng.integers(0, 3, 50)
    expected = roc_auc_score(labels == 2, scores[:, 2])
    for predictions, truths in (
        (scores, labels),
        (scores[:, 2], labels),
        ([scores[:20], scores[20:]], [labels[:20], labels[20:]]),
    ):
        metric = Auc(positive_label=2)
        metric(predictions, truths)
        assert metric.get_metric() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("predictions", "truths"),
    [
        (np.zeros(3), np.zeros(2)),
        (np.zeros((3, 1)), np.zeros(3)),
        (np.zeros((3, 2, 2)), np.zeros(3)),
    ],
)
def test_what_does_not_fit_is_refused(predictions: Any, truths: Any) -> None:
    with pytest.raises(ShapeError, match=r"rows"):
        Auc()(predictions, truths)


def test_a_negative_class_is_no_class() -> None:
    with pytest.raises(ConfigError, match="positive_label"):
        Auc(-1)
