"""Hinge loss: value and gradient by torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.functional import multi_margin_loss

from combinet import HingeLoss

RNG = np.random.default_rng(0)
SCORES, LABELS = RNG.normal(size=(6, 4)), RNG.integers(0, 4, size=6)
SCORES.flags.writeable = LABELS.flags.writeable = False


@pytest.mark.parametrize("margin", [1.0, 0.3])
def test_value_and_gradient_are_torchs(margin: float) -> None:
    Y = torch.tensor(SCORES, requires_grad=True)
    expected = multi_margin_loss(Y, torch.tensor(LABELS), margin=margin)
    expected.backward()
    gradient, value = HingeLoss(margin=margin)(SCORES, LABELS)
    assert value == pytest.approx(expected.item(), rel=1e-10)
    np.testing.assert_allclose(gradient, Y.grad, rtol=1e-10)


def test_a_safe_lead_costs_nothing() -> None:
    gradient, value = HingeLoss()(np.array([[5.0, 0.0]]), [0])
    assert value == 0
    np.testing.assert_array_equal(gradient, [[0, 0]])


def test_no_rows_cost_nothing() -> None:
    gradient, value = HingeLoss()(np.zeros((0, 3)), np.zeros(0, dtype="int64"))
    assert gradient.shape == (0, 3)
    assert value == 0


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(ValueError, match="label 7 does not fit 4 classes"):
        HingeLoss()(SCORES, [0, 1, 2, 3, 7, 0])
    with pytest.raises(ValueError, match="label -1 does not fit 4 classes"):
        HingeLoss()(SCORES, [0, 1, 2, 3, -1, 0])
    with pytest.raises(ValueError, match="one class number for each"):
        HingeLoss()(SCORES, LABELS[:3])
    with pytest.raises(ValueError, match="a margin is above 0"):
        HingeLoss(margin=0)
