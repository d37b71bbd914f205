"""GEGLU and SwiGLU: formulas against torch, the scale of their halves, extras."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from combinet.errors import DimError, ShapeError
from combinet.layers import GEGLU, SwiGLU

from .against_torch import assert_like_torch, floats

CURVES: dict[Any, Any] = {GEGLU: functional.gelu, SwiGLU: functional.silu}
every_layer = pytest.mark.parametrize("Layer", CURVES)


@every_layer
def test_it_agrees_with_torch(Layer: Any) -> None:
    def formula(x: torch.Tensor, w: dict[str, torch.Tensor]) -> torch.Tensor:
        gate, value = functional.linear(x, w["W"], w["b"]).chunk(2, dim=1)
        return CURVES[Layer](gate) * value

    assert_like_torch(Layer(3, 4).initialize(), floats(6, 4), formula)


@every_layer
def test_sizes_are_read_off_the_samples(Layer: Any) -> None:
    model = Layer().initialize(X=floats(2, 4), Y=floats(2, 3))
    assert model.get_param("W").shape == (6, 4)
    assert not model.get_param("b").any()


@every_layer
def test_each_half_has_the_scale_of_its_own_matrix(Layer: Any) -> None:
    W = Layer(100, 50).initialize(seed=0).get_param("W")
    for half in (W[:100], W[100:]):
        assert abs(half).max() == pytest.approx(np.sqrt(6 / 150), rel=0.01)
    assert (W[:100] != W[100:]).any()


@every_layer
def test_a_norm_and_a_dropout_are_put_behind(Layer: Any) -> None:
    names = [node.name for node in Layer(3, 4, normalize=True, dropout=0.0).walk()]
    assert {Layer.__name__.lower(), "layernorm", "dropout"} <= set(names)


@every_layer
def test_the_gradient_of_the_input_is_left_out_when_nobody_needs_it(Layer: Any) -> None:
    Y, backprop = Layer(3, 4).initialize().begin_update(floats(2, 4), need_dX=False)
    assert backprop(Y) is None


@every_layer
def test_another_width_is_refused(Layer: Any) -> None:
    with pytest.raises(ShapeError, match="takes rows of 4 numbers, got rows of 5"):
        Layer(3, 4).initialize().predict(floats(2, 5))
    with pytest.raises(DimError):
        Layer(3, 4).initialize(X=floats(2, 5))
