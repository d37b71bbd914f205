"""LayerNorm against torch, and its sizes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from combinet.chain import chain
from combinet.errors import DimError, ShapeError
from combinet.layers import LayerNorm, Linear

from .against_torch import assert_like_torch, floats


def test_layernorm_agrees_with_torch() -> None:
    def formula(x: torch.Tensor, w: dict[str, torch.Tensor]) -> torch.Tensor:
        return torch.nn.functional.layer_norm(x, (4,), w["G"], w["b"], eps=1e-8)

    assert_like_torch(LayerNorm(4).initialize(), floats(6, 4), formula)


def test_new_rows_have_mean_0_and_variance_1() -> None:
    Y = LayerNorm().initialize(X=floats(5, 40)).predict(5 * floats(5, 40) + 3)
    np.testing.assert_allclose(Y.mean(axis=1), 0, atol=1e-6)
    np.testing.assert_allclose(Y.var(axis=1), 1, rtol=1e-5)


def test_a_constant_row_gives_zeros() -> None:
    assert not LayerNorm(3).initialize().predict(np.full((2, 3), 7, dtype="float32")).any()


def test_the_width_is_read_off_either_side() -> None:
    assert LayerNorm().initialize(X=floats(2, 4)).get_dim("nO") == 4
    assert LayerNorm().initialize(Y=floats(2, 4)).get_dim("nI") == 4


def test_it_hands_the_width_on_to_its_neighbours() -> None:
    model = chain(Linear(), LayerNorm(), Linear(2, 7)).initialize(X=floats(2, 3))
    assert model.layers[0].get_dim("nO") == 7


def test_a_contradiction_between_the_sides_is_refused() -> None:
    with pytest.raises(DimError):
        LayerNorm().initialize(X=floats(2, 4), Y=floats(2, 5))


def test_another_width_is_refused() -> None:
    with pytest.raises(ShapeError, match="layernorm takes rows of 4 numbers, got rows of 3"):
        LayerNorm(4).initialize().predict(floats(2, 3))
