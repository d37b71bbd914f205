"""Logistic, sigmoid_activation, softmax_activation: functions of numbers and rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from combinet.chain import chain
from combinet.errors import BackpropError, DTypeError
from combinet.layers import Linear, Logistic, sigmoid_activation, softmax_activation

from .against_torch import assert_like_torch, floats

FORMULAS: dict[Any, Any] = {
    Logistic: torch.sigmoid,
    sigmoid_activation: torch.sigmoid,
    softmax_activation: lambda x: torch.softmax(x, dim=-1),
}
every_layer = pytest.mark.parametrize("Layer", FORMULAS)


@every_layer
@pytest.mark.parametrize("shape", [(5, 4), (2, 3, 4), (6,), (0, 4)], ids=str)
def test_output_and_gradient_agree_with_torch(Layer: Any, shape: tuple[int, ...]) -> None:
    assert_like_torch(Layer(), floats(*shape), lambda x, w: FORMULAS[Layer](x))


def test_the_gradient_of_a_softmax_has_its_jacobian() -> None:
    Y, backprop = softmax_activation().begin_update(floats(1, 3))
    assert np.abs(backprop(np.ones_like(Y))).max() < 1e-15  # the sum of a row never changes
    assert softmax_activation().gradient == "exact"


@every_layer
def test_its_name_is_thincs(Layer: Any) -> None:
    assert Layer().name == {Logistic: "logistic"}.get(Layer, Layer.__name__)


@every_layer
def test_widths_flow_through(Layer: Any) -> None:
    model = chain(Linear(nI=4), Layer(), Linear(2, 3)).initialize()
    assert model.layers[0].get_dim("nO") == 3


@every_layer
def test_half_precision_is_cast_and_double_is_kept(Layer: Any) -> None:
    assert Layer().predict(floats(2, 3, dtype="float16")).dtype == "float32"
    assert Layer().predict(floats(2, 3)).dtype == "float64"


@every_layer
@pytest.mark.parametrize("wrong", [None, [1.0], np.ones(3, dtype="int32")])
def test_what_is_no_array_of_floats_is_refused(Layer: Any, wrong: Any) -> None:
    with pytest.raises(DTypeError, match=f"{Layer().name} takes"):
        Layer().predict(wrong)


@every_layer
def test_a_list_is_refused_before_it_runs(Layer: Any) -> None:
    with pytest.raises(DTypeError, match=f"{Layer().name} takes"):
        Layer().check(X=[floats(2, 3)])


@every_layer
def test_a_gradient_of_another_shape_is_refused(Layer: Any) -> None:
    _, backprop = Layer().begin_update(floats(2, 4))
    with pytest.raises(BackpropError, match="does not fit its output"):
        backprop(floats(4, 2))


@every_layer
def test_no_gradient_is_computed_that_is_not_needed(Layer: Any) -> None:
    Y, backprop = Layer().begin_update(floats(2, 4), need_dX=False)
    assert backprop(Y) is None
