"""Class weights of cross-entropy: value and gradient by torch and by differences."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from combinet import CategoricalCrossentropy, Softmax
from combinet.testing import assert_is_gradient

RNG = np.random.default_rng(0)
LOGITS, LABELS = RNG.normal(size=(6, 3)), RNG.integers(0, 3, size=6)
GUESSES = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
GUESSES.flags.writeable = False
WEIGHTS = [0.5, 2.0, 1.25]


def test_value_and_gradient_of_the_logits_are_torchs() -> None:
    Y = torch.tensor(LOGITS, requires_grad=True)
    weights = torch.tensor(WEIGHTS, dtype=torch.float64)
    expected = cross_entropy(Y, torch.tensor(LABELS), weight=weights, reduction="sum") / len(Y)
    expected.backward()
    loss = CategoricalCrossentropy(class_weights=WEIGHTS)
    assert loss.value(GUESSES, LABELS) == pytest.approx(expected.item(), rel=1e-10)
    np.testing.assert_allclose(loss.get_grad(GUESSES, LABELS), Y.grad, rtol=1e-8)


def test_equal_weights_change_nothing() -> None:
    plain, weighted = CategoricalCrossentropy(), CategoricalCrossentropy(class_weights=[1, 1, 1])
    np.testing.assert_allclose(
        weighted.get_grad(GUESSES, LABELS), plain.get_grad(GUESSES, LABELS), rtol=1e-12
    )


def test_a_network_gets_the_gradient_of_the_value_with_smoothing_too() -> None:
    loss = CategoricalCrossentropy(class_weights=WEIGHTS, label_smoothing=0.1)
    assert_is_gradient(Softmax(3), loss, RNG.normal(size=(6, 2)), LABELS)


def test_a_negative_label_counts_as_before() -> None:
    names = ["a", "b", "c"]
    plain = CategoricalCrossentropy(names=names, neg_prefix="!")
    weighted = CategoricalCrossentropy(names=names, neg_prefix="!", class_weights=WEIGHTS)
    np.testing.assert_allclose(
        weighted.get_grad(GUESSES[:1], ["!b"]), plain.get_grad(GUESSES[:1], ["!b"])
    )


@pytest.mark.parametrize("weights", [[1.0, 2.0], [1.0, -1.0, 1.0]])
def test_weights_that_do_not_fit_are_refused(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="one number, 0 or more, for each of 3 classes"):
        CategoricalCrossentropy(class_weights=weights).get_grad(GUESSES, LABELS)
