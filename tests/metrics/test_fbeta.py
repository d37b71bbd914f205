"""Precision, recall and F are scikit-learn's, however they are averaged."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_fscore_support

from combinet.errors import ConfigError, ShapeError
from combinet.metrics import F1Measure, F1MultiLabelMeasure, FBetaMeasure, FBetaMeasureMultiLabel

from .batches import CUTS, assert_same_in_pieces, classified

AVERAGES = st.sampled_from([None, "micro", "macro", "weighted"])
BETAS = st.sampled_from([0.5, 1.0, 2.0])


def scikit_learns(
    truths: Any, guesses: Any, average: Any, beta: float, labels: list[int]
) -> dict[str, float]:
    scores = precision_recall_fscore_support(
        truths, guesses, beta=beta, labels=labels, average=average, zero_division=0
    )
    named = dict(zip(("precision", "recall", "fscore"), scores, strict=False))
    if average is not None:
        return {name: float(score) for name, score in named.items()}
    return {
        f"{name}-{label}": float(each)
        for name, score in named.items()
        for label, each in zip(labels, score, strict=True)
    }


@given(data=classified(), cuts=CUTS, average=AVERAGES, beta=BETAS, some=st.booleans())
@settings(max_examples=80, deadline=None)
def test_one_class_a_row(data: Any, cuts: list[int], average: Any, beta: float, some: bool) -> None:
    scores, truths, mask = data
    labels = [1, 0] if some else None
    value = assert_same_in_pieces(lambda: FBetaMeasure(beta, average, labels), data, cuts)
    if not mask.any():
        assert not any(value.values())  # type: ignore[union-attr]
        return
    every = labels or list(range(scores.shape[1]))
    expected = scikit_learns(truths[mask], scores[mask].argmax(axis=1), average, beta, every)
    assert value == pytest.approx(expected)


@given(
    seed=st.integers(0, 10**6),
    rows=st.integers(1, 20),
    cuts=CUTS,
    average=AVERAGES,
    beta=BETAS,
    some=st.booleans(),
)
@settings(max_examples=80, deadline=None)
def test_several_classes_a_row(
    seed: int, rows: int, cuts: list[int], average: Any, beta: float, some: bool
) -> None:
    rng = np.random.default_rng(seed)
    scores, truths = rng.random((rows, 4)), rng.integers(0, 2, (rows, 4))
    scores[0, 0] = 0.4  # the threshold itself is a yes
    labels = [3, 1] if some else None
    value = assert_same_in_pieces(
        lambda: FBetaMeasureMultiLabel(beta, average, labels, threshold=0.4), (scores, truths), cuts
    )
    every = labels or list(range(4))
    expected = scikit_learns(truths, (scores >= 0.4).astype(int), average, beta, every)
    assert value == pytest.approx(expected)


@pytest.mark.parametrize("entries", [True, False])
def test_what_is_masked_is_neither_found_nor_true(entries: bool) -> None:
    rng = np.random.default_rng(0)
    scores, truths = rng.random((30, 4)), rng.integers(0, 2, (30, 4))
    mask = rng.integers(0, 2, (30, 4) if entries else 30)
    metric = FBetaMeasureMultiLabel(average="macro")
    metric(scores, truths, mask)
    kept = mask if entries else mask[:, None]
    expected = scikit_learns(truths * kept, (scores >= 0.5) * kept, "macro", 1.0, list(range(4)))
    assert metric.get_metric() == pytest.approx(expected)


def test_classes_may_have_names() -> None:
    metric = FBetaMeasure(names=["cat", "dog"], labels=[1])
    metric(np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([1, 1]))
    assert metric.get_metric() == {
        "precision-dog": 1.0,
        "recall-dog": 0.5,
        "fscore-dog": pytest.approx(2 / 3),
    }


@given(data=classified(), cuts=CUTS)
@settings(max_examples=30, deadline=None)
def test_one_class_against_the_rest(data: Any, cuts: list[int]) -> None:
    scores, truths, mask = data
    value = assert_same_in_pieces(F1Measure, data, cuts)
    if mask.any():
        found, true = scores[mask].argmax(axis=1) == 1, truths[mask] == 1
        p, r, f, _ = precision_recall_fscore_support(true, found, average="binary", zero_division=0)
        assert value == pytest.approx({"precision": p, "recall": r, "f1": f})


def test_the_multi_label_f1_is_that_of_the_larger_measure() -> None:
    rng = np.random.default_rng(1)
    batch = rng.random((30, 4)), rng.integers(0, 2, (30, 4))
    small, large = (
        F1MultiLabelMeasure("weighted", 0.3),
        FBetaMeasureMultiLabel(1, "weighted", None, 0.3),
    )
    small(*batch)
    large(*batch)
    expected = large.get_metric()
    assert small.get_metric() == {
        "precision": expected["precision"],
        "recall": expected["recall"],
        "f1": expected["fscore"],
    }


def test_a_batch_of_other_classes_is_refused() -> None:
    metric = FBetaMeasure()
    metric(np.eye(3), np.arange(3))
    with pytest.raises(ShapeError, match="4 classes after batches of 3"):
        metric(np.eye(4), np.arange(4))
    metric.reset()
    metric(np.eye(4), np.arange(4))
    assert len(metric.get_metric()) == 12


@pytest.mark.parametrize("settings_", [{"labels": [5]}, {"names": ["a", "b"]}])
def test_labels_and_names_must_fit_the_classes(settings_: Any) -> None:
    with pytest.raises(ShapeError, match=r"label 5|2 names for 3 classes"):
        FBetaMeasure(**settings_)(np.eye(3), np.arange(3))


@pytest.mark.parametrize(
    "settings_", [{"beta": 0}, {"average": "median"}, {"labels": []}, {"labels": [-1]}]
)
def test_settings_that_mean_nothing_are_refused(settings_: Any) -> None:
    with pytest.raises(ConfigError, match=r"beta|average|labels"):
        FBetaMeasure(**settings_)


def test_a_negative_class_is_no_class() -> None:
    with pytest.raises(ConfigError, match="positive_label"):
        F1Measure(-1)


def test_vectors_are_no_rows_of_scores() -> None:
    with pytest.raises(ShapeError, match="one number for each class"):
        FBetaMeasureMultiLabel()(np.zeros(3), np.zeros(3))
