"""CategoricalAccuracy counts as scikit-learn does, in every form of batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from sklearn.metrics import accuracy_score, top_k_accuracy_score

from combinet.errors import ConfigError, DTypeError, LabelError, ShapeError
from combinet.metrics import CategoricalAccuracy
from combinet.types import Ragged

from .batches import CUTS, assert_same_in_pieces, classified

SCORES = np.array([[1, 3, 2], [4, 1, 3], [0, 1, 5], [2, 3, 1]], "float32")
LABELS = np.array([1, 2, 2, 0])


def accuracy(*batch: Any, **settings: Any) -> float:
    metric = CategoricalAccuracy(**settings)
    metric(*batch)
    return metric.get_metric()


@given(data=classified(), cuts=CUTS)
@settings(max_examples=40, deadline=None)
def test_it_is_scikit_learns_over_any_batches(data: Any, cuts: list[int]) -> None:
    scores, labels, mask = data
    value = assert_same_in_pieces(CategoricalAccuracy, data, cuts)
    expected = accuracy_score(labels[mask], scores[mask].argmax(axis=1)) if mask.any() else 0.0
    assert value == pytest.approx(expected)


def test_the_highest_scores_are_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    scores, labels = rng.standard_normal((200, 6)), rng.integers(0, 6, 200)
    for k in (1, 2, 5):
        expected = top_k_accuracy_score(labels, scores, k=k)
        assert accuracy(scores, labels, top_k=k) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("predictions", "truths", "mask"),
    [
        (SCORES, np.eye(3)[LABELS], None),
        (SCORES.tolist(), LABELS.tolist(), None),
        (torch.tensor(SCORES, requires_grad=True), torch.tensor(LABELS), None),
        (SCORES.reshape(2, 2, 3), LABELS.reshape(2, 2), None),
        ([SCORES[:1], SCORES[1:1], SCORES[1:]], [LABELS[:1], [], LABELS[1:]], None),
        (Ragged(SCORES, [1, 0, 3]), Ragged(LABELS, [1, 0, 3]), None),
        (Ragged(SCORES, [1, 0, 3]), LABELS, None),
        (Ragged(SCORES, [1, 3]), [[1], [2, 2, 0]], [[1], [1, 1, 1]]),
        (
            np.concatenate([SCORES, SCORES]).reshape(2, 4, 3),
            np.stack([LABELS, LABELS]),
            np.array([1, 0]),
        ),
    ],
    ids="one-hot lists torch 3-d sequences ragged ragged-flat ragged-mask sequence-mask".split(),
)
def test_every_form_of_a_batch_counts_the_same(predictions: Any, truths: Any, mask: Any) -> None:
    assert accuracy(predictions, truths, mask) == 0.5


def test_among_equal_scores_the_first_class_counts() -> None:
    tied = np.array([[1.0, 1.0, 0.0]] * 3)
    assert accuracy(tied, np.array([0, 1, 2])) == pytest.approx(1 / 3)
    assert accuracy(tied, np.array([0, 1, 2]), top_k=2) == pytest.approx(2 / 3)


def test_a_tie_may_be_shared() -> None:
    scores = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 1.0, 0.5]])
    assert accuracy(scores, np.array([0, 1, 2, 1]), tie_break=True) == pytest.approx(2 / 4)


@pytest.mark.parametrize("tie_break", [False, True])
def test_nothing_is_right_that_is_not_a_number(tie_break: bool) -> None:
    scores = np.array([[np.nan, 0.0], [0.0, np.nan], [np.nan, np.nan]])
    assert accuracy(scores, np.zeros(3, "int64"), tie_break=tie_break) == 0


def test_there_is_a_value_before_the_first_row() -> None:
    assert CategoricalAccuracy().get_metric() == 0.0
    assert accuracy([], []) == 0.0
    assert accuracy(np.zeros((0, 3)), np.zeros(0, "int64")) == 0.0


@pytest.mark.parametrize(
    ("predictions", "truths", "mask", "error", "message"),
    [
        (SCORES, LABELS[:3], None, ShapeError, "4 rows of predictions and 3 labels"),
        (SCORES, np.eye(2)[[0, 1, 0, 1]], None, ShapeError, "different shapes"),
        (SCORES[0], LABELS[0], None, ShapeError, "one number for each class"),
        (SCORES, LABELS, np.ones(3), ShapeError, "the mask has another shape"),
        ([SCORES, SCORES[:, :2]], [LABELS, LABELS * 0], None, ShapeError, "numbers of classes"),
        ([SCORES], [LABELS, LABELS], None, ShapeError, "1 sequences of predictions and 2"),
        (SCORES, LABELS + 1, None, LabelError, "label 3 does not fit 3 classes"),
        (SCORES, LABELS - 1, None, LabelError, "label -1 does not fit"),
        (SCORES, LABELS * 1.0, None, DTypeError, "whole numbers"),
        (SCORES, ["a", "b", "c", "d"], None, DTypeError, "something else"),
        (SCORES, [[1], [2, 2, 0]], None, DTypeError, "list of arrays for both"),
    ],
)
def test_what_does_not_fit_is_refused_and_not_counted(
    predictions: Any, truths: Any, mask: Any, error: type[Exception], message: str
) -> None:
    metric = CategoricalAccuracy()
    metric(SCORES, LABELS)
    with pytest.raises(error, match=message):
        metric(predictions, truths, mask)
    assert metric.get_metric() == 0.5


def test_settings_that_mean_nothing_are_refused() -> None:
    for settings_ in ({"top_k": 0}, {"top_k": 2, "tie_break": True}):
        with pytest.raises(ConfigError, match="top_k"):
            CategoricalAccuracy(**settings_)
