"""Binary cross-entropy of probabilities and of logits: values and gradients by torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import binary_cross_entropy, binary_cross_entropy_with_logits

from combinet import BinaryCrossentropy, BinaryCrossentropyWithLogits, Linear, Sigmoid
from combinet.testing import assert_is_gradient

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(size=(5, 3)) * 3
TRUTHS = RNG.integers(0, 2, size=(5, 3)).astype("float64")
PROBABILITIES = 1 / (1 + np.exp(-LOGITS))
for array in (LOGITS, TRUTHS, PROBABILITIES):
    array.flags.writeable = False


@pytest.mark.parametrize(
    ("loss", "function", "guesses"),
    [
        (BinaryCrossentropy(), binary_cross_entropy, PROBABILITIES),
        (BinaryCrossentropyWithLogits(), binary_cross_entropy_with_logits, LOGITS),
    ],
)
def test_value_and_gradient_are_torchs(loss: Any, function: Any, guesses: np.ndarray) -> None:
    Y = torch.tensor(guesses, requires_grad=True)
    expected = function(Y, torch.tensor(TRUTHS), reduction="sum") / len(Y)
    expected.backward()
    gradient, value = loss(guesses, TRUTHS)
    assert value == pytest.approx(expected.item(), rel=1e-10)
    np.testing.assert_allclose(gradient, Y.grad, rtol=1e-8)


@pytest.mark.parametrize("loss", [BinaryCrossentropy(), BinaryCrossentropyWithLogits()])
def test_an_unknown_truth_counts_nothing(loss: Any) -> None:
    guesses, truths = PROBABILITIES[:1], TRUTHS[:1].copy()
    truths[0, 1] = np.nan
    gradient, value = loss(guesses, truths)
    wanted, part = loss(guesses[:, [0, 2]], truths[:, [0, 2]])
    assert gradient[0, 1] == 0
    np.testing.assert_allclose(gradient[:, [0, 2]], wanted)
    assert value == pytest.approx(part)


def test_huge_logits_overflow_nowhere() -> None:
    gradient, value = BinaryCrossentropyWithLogits()(
        np.array([[1e4, -1e4]], dtype="float32"), np.array([[0.0, 1.0]])
    )
    np.testing.assert_array_equal(gradient, [[1, -1]])
    assert value == pytest.approx(2e4)
    assert gradient.dtype == np.float32


def test_a_certain_wrong_probability_stays_finite() -> None:
    gradient, value = BinaryCrossentropy()(np.array([[0.0, 1.0]]), np.array([[1.0, 0.0]]))
    assert np.isfinite(gradient).all()
    assert np.isfinite(value)


def test_a_network_gets_the_gradient_of_the_value() -> None:
    X = RNG.normal(size=(4, 2))
    assert_is_gradient(Sigmoid(3), BinaryCrossentropy(), X, TRUTHS[:4])
    assert_is_gradient(Linear(3), BinaryCrossentropyWithLogits(), X, TRUTHS[:4])


def test_numbers_outside_0_to_1_are_refused() -> None:
    with pytest.raises(ValueError, match="BinaryCrossentropyWithLogits"):
        BinaryCrossentropy()(LOGITS, TRUTHS)
    with pytest.raises(ValueError, match="truths hold numbers outside 0 to 1"):
        BinaryCrossentropyWithLogits()(LOGITS, TRUTHS * 2)
