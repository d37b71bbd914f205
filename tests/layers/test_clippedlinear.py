"""ClippedLinear and its kin, HardSwish and its kin, Dish: formulas, gradients, constructors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from combinet.errors import BackpropError, DataError, DimError, DTypeError, ShapeError
from combinet.initializers import glorot_uniform_init, he_normal_init
from combinet.layers import (
    ClippedLinear,
    Dish,
    HardSigmoid,
    HardSwish,
    HardSwishMobilenet,
    HardTanh,
    ReluK,
)
from combinet.testing import assert_is_gradient

from .against_torch import assert_like_torch, floats

FORMULAS: dict[Callable[..., Any], Callable[[torch.Tensor], torch.Tensor]] = {
    ClippedLinear: lambda z: z.clamp(0, 1),
    ReluK: functional.relu6,
    HardSigmoid: lambda z: (0.2 * z + 0.5).clamp(0, 1),
    HardTanh: functional.hardtanh,
    HardSwish: lambda z: z * (0.2 * z + 0.5).clamp(0, 1),
    HardSwishMobilenet: functional.hardswish,
    Dish: lambda z: 0.5 * z * (z / (1 + z * z).sqrt() + 1),
}
NAMES = {
    ClippedLinear: "clipped_linear",
    ReluK: "clipped_linear",
    HardSigmoid: "clipped_linear",
    HardTanh: "clipped_linear",
    HardSwish: "hardswish",
    HardSwishMobilenet: "hardswishmobilenet",
    Dish: "dish",
}
every_layer = pytest.mark.parametrize("Layer", FORMULAS)


def ones(ops: Any, shape: Any) -> Any:
    return ops.xp.ones(shape, dtype="float32")


@every_layer
@pytest.mark.parametrize(("nO", "nI"), [(3, 4), (4, 4), (5, 1)])
def test_output_and_gradients_agree_with_torch(Layer: Any, nO: int, nI: int) -> None:
    def formula(x: torch.Tensor, w: dict[str, torch.Tensor]) -> torch.Tensor:
        return FORMULAS[Layer](functional.linear(x, w["W"], w["b"]))

    assert_like_torch(Layer(nO, nI).initialize(), 3 * floats(40, nI), formula)


@every_layer
def test_an_empty_batch_goes_both_ways(Layer: Any) -> None:
    Y, backprop = Layer(3, 4).initialize().begin_update(floats(0, 4, dtype="float32"))
    assert Y.shape == (0, 3)
    assert backprop(Y).shape == (0, 4)


@every_layer
def test_both_initializers_are_used(Layer: Any) -> None:
    model = Layer(3, 4, init_W=ones, init_b=ones).initialize()
    assert (model.get_param("W") == 1).all()
    assert (model.get_param("b") == 1).all()


@every_layer
def test_weights_come_from_thincs_initializer(Layer: Any) -> None:
    smooth = Layer in (HardSwish, HardSwishMobilenet, Dish)
    given = Layer(30, 40, init_W=he_normal_init if smooth else glorot_uniform_init)
    ours, wanted = Layer(30, 40).initialize(seed=5), given.initialize(seed=5)
    np.testing.assert_array_equal(ours.get_param("W"), wanted.get_param("W"))


@every_layer
def test_names_and_extras_are_thincs(Layer: Any) -> None:
    assert Layer().name == NAMES[Layer]
    whole = Layer(3, 4, normalize=True, dropout=0.0)
    assert whole.name == f"{NAMES[Layer]}>>layernorm>>dropout"


@every_layer
def test_sizes_are_read_off_the_samples(Layer: Any) -> None:
    model = Layer().initialize(X=floats(2, 4), Y=floats(2, 3))
    assert (model.get_dim("nI"), model.get_dim("nO")) == (4, 3)


@every_layer
def test_what_does_not_fit_is_refused_by_name(Layer: Any) -> None:
    model = Layer(3, 4).initialize()
    with pytest.raises(ShapeError, match="takes rows of 4 numbers, got rows of 7"):
        model.predict(floats(2, 7))
    with pytest.raises(DTypeError, match="takes floats"):
        model.predict(np.ones((2, 4), dtype="int32"))
    with pytest.raises(BackpropError, match="does not fit its output"):
        model.begin_update(floats(2, 4))[1](floats(2, 4))
    with pytest.raises(DimError, match="nO"):
        Layer().initialize(X=floats(2, 4))


@every_layer
def test_the_gradient_of_the_input_is_left_out_on_request(Layer: Any) -> None:
    model = Layer(3, 4).initialize(seed=0)
    Y, backprop = model.begin_update(floats(2, 4), need_dX=False)
    assert backprop(Y) is None
    assert model.has_grad("W")


@pytest.mark.parametrize(
    ("slope", "offset", "low", "high"), [(2.0, 0.5, -1.0, 3.0), (-1.0, 0.0, 0.0, 1.0)]
)
def test_the_line_may_be_any(slope: float, offset: float, low: float, high: float) -> None:
    def formula(x: torch.Tensor, w: dict[str, torch.Tensor]) -> torch.Tensor:
        return (slope * functional.linear(x, w["W"], w["b"]) + offset).clamp(low, high)

    model = ClippedLinear(3, 4, slope=slope, offset=offset, min_val=low, max_val=high)
    assert_like_torch(model.initialize(), floats(20, 4), formula)


def test_relu_k_takes_its_k() -> None:
    model = ReluK(3, 4, k=0.25).initialize(seed=0)
    assert model.predict(100 * floats(20, 4, dtype="float32")).max() == 0.25
    assert ReluK().attrs["max_val"] == 6.0


@pytest.mark.parametrize("wrong", [0.0, -1.0, float("nan")])
def test_limits_the_wrong_way_round_are_refused(wrong: float) -> None:
    with pytest.raises(DataError, match="lower limit"):
        ReluK(k=wrong)


@every_layer
def test_backprop_is_the_gradient_with_extras_too(Layer: Any) -> None:
    assert_is_gradient(Layer(3, normalize=True, dropout=0.3), floats(6, 4))
