"""RMSNorm against torch in float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from combinet.chain import chain
from combinet.errors import ShapeError
from combinet.layers import Linear, RMSNorm

from .against_torch import assert_like_torch, floats


@pytest.mark.parametrize("eps", [1e-6, 0.1])
def test_it_agrees_with_torch(eps: float) -> None:
    def formula(x: torch.Tensor, w: dict[str, torch.Tensor]) -> torch.Tensor:
        return functional.rms_norm(x, (4,), w["G"], eps)

    assert_like_torch(RMSNorm(4, eps=eps).initialize(), floats(6, 4), formula)


def test_rows_of_zeros_stay_finite_both_ways() -> None:
    X = np.zeros((2, 4), dtype="float32")
    Y, backprop = RMSNorm(4).initialize().begin_update(X)
    assert not Y.any()
    assert np.isfinite(backprop(X + 1)).all()


def test_its_scale_starts_at_one() -> None:
    assert (RMSNorm(4).initialize().get_param("G") == 1).all()


def test_its_width_is_that_of_its_neighbours() -> None:
    model = chain(Linear(3), RMSNorm(), Linear(2)).initialize(X=floats(2, 4))
    assert model.layers[1].get_param("G").shape == (3,)


def test_another_width_is_refused() -> None:
    with pytest.raises(ShapeError, match="takes rows of 4 numbers, got rows of 5"):
        RMSNorm(4).initialize().predict(floats(2, 5))
