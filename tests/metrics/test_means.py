"""Average, Entropy, Perplexity and mean errors, against torch and scikit-learn."""

from __future__ import annotations

from math import exp, inf, isnan, log
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import mean_absolute_error, mean_squared_error

from combinet.errors import DataError, ShapeError
from combinet.metrics import Average, Entropy, MeanAbsoluteError, MeanSquaredError, Perplexity

from .batches import CUTS, assert_same_in_pieces, classified


def test_an_average_weighs_means_by_their_rows() -> None:
    average = Average()
    assert isnan(average.get_metric())
    average(2.0)
    average(np.float32(5.0), weight=3)  # type: ignore[arg-type]
    assert average.get_metric(reset=True) == 17 / 4
    average(1.0)
    assert average.get_metric() == 1.0


@given(data=classified(), cuts=CUTS)
@settings(max_examples=40, deadline=None)
def test_perplexity_is_torchs_over_any_batches(data: Any, cuts: list[int]) -> None:
    probabilities, labels, mask = data
    value = assert_same_in_pieces(Perplexity, data, cuts)
    if not mask.any():
        assert isinstance(value, float)
        assert isnan(value)
        return
    logarithms = torch.tensor(probabilities[mask]).double().log()
    loss = torch.nn.functional.nll_loss(logarithms, torch.tensor(labels[mask]))
    assert value == pytest.approx(exp(loss.item()))


def test_perplexity_is_infinite_where_a_right_class_is_ruled_out() -> None:
    metric = Perplexity()
    metric(np.array([[0.0, 1.0]]), np.array([0]))
    assert metric.get_metric() == inf


@given(data=classified(), cuts=CUTS)
@settings(max_examples=40, deadline=None)
def test_entropy_is_torchs_over_any_batches(data: Any, cuts: list[int]) -> None:
    probabilities, _, mask = data
    value = assert_same_in_pieces(Entropy, (probabilities, mask), cuts)
    if mask.any():
        torchs = torch.distributions.Categorical(torch.tensor(probabilities[mask])).entropy()
        assert value == pytest.approx(torchs.mean().item(), rel=1e-5)


def test_entropy_is_zero_when_decided_and_largest_when_even() -> None:
    for p, expected in (([0.0, 1.0, 0.0], 0.0), ([1 / 3] * 3, log(3))):
        metric = Entropy()
        metric(np.array([p]))
        assert metric.get_metric() == pytest.approx(expected)


@pytest.mark.parametrize("predictions", [[[-0.5, 1.5]], [[2.0, -1.0]], [[np.nan, 1.0]]])
def test_logits_are_refused_where_probabilities_are_wanted(predictions: Any) -> None:
    with pytest.raises(DataError, match=r"outside 0 to 1[\s\S]*Softmax"):
        Perplexity()(predictions, [0])
    with pytest.raises(DataError, match=r"outside 0 to 1[\s\S]*Softmax"):
        Entropy()(predictions)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(MeanSquaredError, mean_squared_error), (MeanAbsoluteError, mean_absolute_error)],
)
@given(seed=st.integers(0, 10**6), rows=st.integers(0, 12), cuts=CUTS)
@settings(max_examples=25, deadline=None)
def test_mean_errors_are_scikit_learns_over_any_batches(
    kind: Any, expected: Any, seed: int, rows: int, cuts: list[int]
) -> None:
    rng = np.random.default_rng(seed)
    guesses, truths = rng.standard_normal((2, rows, 3))
    mask = rng.random((rows, 3)) < 0.7
    value = assert_same_in_pieces(kind, (guesses, truths, mask), cuts)
    if mask.any():
        assert value == pytest.approx(expected(truths[mask], guesses[mask]))
    else:
        assert isnan(value)  # type: ignore[arg-type]


def test_mean_errors_take_ids_and_bytes_without_wrapping_round() -> None:
    metric = MeanAbsoluteError()
    metric(np.array([1, 2], "uint8"), np.array([2, 4], "uint8"))
    assert metric.get_metric() == 1.5


def test_shapes_must_agree() -> None:
    with pytest.raises(ShapeError, match="different shapes"):
        MeanSquaredError()(np.zeros((2, 1)), np.zeros(2))
    with pytest.raises(ShapeError, match="one for each class"):
        Entropy()(np.zeros(3))
