"""L2 and cosine distance: values by torch, gradients by torch's autograd."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import cosine_similarity, mse_loss

from combinet.errors import ShapeError
from combinet.losses import CosineDistance, L2Distance
from combinet.registry import registry

RNG = np.random.default_rng(0)
GUESSES, TRUTHS = RNG.normal(size=(4, 3)), RNG.normal(size=(4, 3))
GUESSES.flags.writeable = TRUTHS.flags.writeable = False
LOSSES = [
    L2Distance(),
    L2Distance(normalize=False),
    CosineDistance(),
    CosineDistance(normalize=False),
    CosineDistance(ignore_zeros=True),
]
with_zeros = TRUTHS.copy()
with_zeros[1] = 0


def torchs_l2(Y: torch.Tensor, T: torch.Tensor) -> torch.Tensor:
    return mse_loss(Y, T, reduction="sum") / 2 / len(Y)


def torchs_cosine(Y: torch.Tensor, T: torch.Tensor) -> torch.Tensor:
    return (1 - cosine_similarity(Y, T)).mean()


@pytest.mark.parametrize(
    ("loss", "function"), [(L2Distance(), torchs_l2), (CosineDistance(), torchs_cosine)]
)
def test_value_and_gradient_are_torchs(loss: Any, function: Any) -> None:
    Y = torch.tensor(GUESSES, requires_grad=True)
    expected = function(Y, torch.tensor(TRUTHS))
    expected.backward()
    assert loss.value(GUESSES, TRUTHS) == pytest.approx(expected.item(), rel=1e-6)
    np.testing.assert_allclose(loss.get_grad(GUESSES, TRUTHS), Y.grad, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("truths", [TRUTHS, with_zeros])
@pytest.mark.parametrize("loss", LOSSES)
def test_gradient_is_that_of_the_value(loss: Any, truths: np.ndarray) -> None:
    assert loss.gradient_of == "output"
    gradient = loss.get_grad(GUESSES, truths)
    for index in np.ndindex(*GUESSES.shape):
        step = np.zeros_like(GUESSES)
        step[index] = 1e-6
        slope = (loss.value(GUESSES + step, truths) - loss.value(GUESSES - step, truths)) / 2e-6
        assert gradient[index] == pytest.approx(slope, abs=1e-7)
    np.testing.assert_array_equal(loss.get_output_grad(GUESSES, truths), gradient)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_call_gives_the_gradient_and_thincs_loss(loss: Any) -> None:
    gradient, number = loss(GUESSES, TRUTHS)
    np.testing.assert_array_equal(gradient, loss.get_grad(GUESSES, TRUTHS))
    assert number == loss.get_loss(GUESSES, TRUTHS)


def test_thincs_l2_loss_is_the_sum_of_the_squared_gradient() -> None:
    assert L2Distance().get_loss(GUESSES, TRUTHS) == pytest.approx(
        float(((GUESSES - TRUTHS) ** 2).sum()) / 16
    )


def test_similarity_is_a_column_of_cosines() -> None:
    expected = cosine_similarity(torch.tensor(GUESSES), torch.tensor(TRUTHS))[:, None]
    similarity = CosineDistance().get_similarity(GUESSES, TRUTHS)
    np.testing.assert_allclose(similarity, expected, rtol=1e-6)


def test_rows_whose_truth_is_zero_can_be_left_out() -> None:
    gradient, number = CosineDistance(ignore_zeros=True)(GUESSES, with_zeros)
    np.testing.assert_array_equal(gradient[1], 0)
    rest = np.delete(GUESSES, 1, axis=0), np.delete(TRUTHS, 1, axis=0)
    assert number == pytest.approx(CosineDistance(normalize=False).get_loss(*rest) / 4)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_gradient_has_the_type_of_the_guesses(loss: Any) -> None:
    for truths in (TRUTHS, np.ones((4, 3), "i"), np.ones((4, 3)).tolist()):
        assert loss.get_grad(GUESSES.astype("float32"), truths).dtype == "float32"


@pytest.mark.parametrize("loss", LOSSES)
def test_no_rows_cost_nothing(loss: Any) -> None:
    gradient, number = loss(np.zeros((0, 3), "f"), np.zeros((0, 3), "f"))
    assert gradient.shape == (0, 3)
    assert number == loss.value(np.zeros((0, 3), "f"), np.zeros((0, 3), "f")) == 0


@pytest.mark.parametrize("loss", LOSSES)
def test_shapes_must_be_equal(loss: Any) -> None:
    with pytest.raises(ShapeError, match=r"different shapes[\s\S]*\(4, 3\)[\s\S]*\(4, 2\)"):
        loss(GUESSES, TRUTHS[:, :2])


def test_names_are_registered() -> None:
    assert not registry.get("losses", "L2Distance.v1")(normalize=False).normalize
    assert registry.get("losses", "CosineDistance.v1")(ignore_zeros=True).ignore_zeros
