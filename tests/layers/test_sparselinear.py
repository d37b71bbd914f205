"""SparseLinear: Thinc's numbers, the formula, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet.errors import DimError, DTypeError, RangeError, ShapeError
from combinet.layers import SparseLinear, SparseLinear_v2
from combinet.ops import get_ops
from combinet.testing import assert_is_gradient

from .against_torch import floats

every_version = pytest.mark.parametrize("Layer", [SparseLinear, SparseLinear_v2])

FEATURES: Any = (
    np.array([1, 2, 3, 2**63, 12345678901234567890, 7], dtype="uint64"),
    np.array([1, -2, 0.5, 4, 0.25, 3], dtype="float32"),
    np.array([2, 0, 3, 1], dtype="int32"),
)
# What Thinc 8.3.14 computes for FEATURES with W = 0, 1/8, 2/8, ... (3 classes of 16 buckets)
# and b = 0, 100, -100; then the gradient of W for dY = -5, -4, ..., 6.
THINC: dict[Any, Any] = {
    SparseLinear: (
        [
            [-2.875, 96.875, -103.375],
            [0.0, 100.0, -100.0],
            [11.375, 112.5625, -86.25],
            [1.875, 102.625, -96.625],
        ],
        [0, 0.25, 12.5, 28.25, 39, 22.5, 7, 9, 0, 0, 0, 0.5, 11, 9.5, 6, 4.25, 8.5, 12.75]
        + [0] * 30,
    ),
    SparseLinear_v2: (
        [
            [-2.875, 93.125, -110.875],
            [0.0, 100.0, -100.0],
            [11.375, 130.375, -50.625],
            [1.875, 113.875, -74.125],
        ],
        [
            *(0, 0.25, 12, 12.5, 5, -1, 0, 0, 0, 0, 0, 0.5, 10, 0, 0, 4.25),
            *(0, 0.5, 15, 16, 4, 4, 0, 0, 0, 0, 0, 1, 8, 0, 0, 8.5),
            *(0, 0.75, 18, 19.5, 3, 9, 0, 0, 0, 0, 0, 1.5, 6, 0, 0, 12.75),
        ],
    ),
}


def model_of(Layer: Any) -> Any:
    model = Layer(3, length=16).initialize()
    model.get_param("W")[...] = np.arange(48) / 8
    model.get_param("b")[...] = [0, 100, -100]
    return model


@every_version
def test_the_numbers_are_thincs(Layer: Any) -> None:
    scores, gradient = THINC[Layer]
    model = model_of(Layer)
    Y, backprop = model.begin_update(FEATURES)
    assert Y.tolist() == scores
    backprop(np.arange(12, dtype="float32").reshape(4, 3) - 5)
    assert model.get_grad("W").tolist() == gradient
    assert model.get_grad("b").tolist() == [-2, 2, 6]


def test_the_second_version_is_its_formula() -> None:
    keys, values, lengths = FEATURES
    model, ops = model_of(SparseLinear_v2), get_ops("cpu")
    W = model.get_param("W").reshape(3, 16)
    h0, h1 = (ops.hash_keys(keys, seed) % 16 for seed in (0, 1))
    rows = np.repeat(np.arange(4), lengths)
    for c in range(3):
        wanted = np.full(4, model.get_param("b")[c])
        np.add.at(wanted, rows, values * (W[c, h0] + W[c, h1]))
        np.testing.assert_allclose(model.predict(FEATURES)[:, c], wanted)


@every_version
def test_backprop_is_the_gradient_of_weights_and_values(Layer: Any) -> None:
    assert_is_gradient(Layer(3, length=16), FEATURES)


@every_version
def test_the_gradient_has_the_form_of_the_input(Layer: Any) -> None:
    keys, values, lengths = FEATURES
    dX = model_of(Layer).begin_update(FEATURES)[1](floats(4, 3, dtype="float32"))
    assert dX[0] is keys
    assert dX[2] is lengths
    assert dX[1].shape == values.shape


@every_version
def test_the_number_of_classes_is_read_off_the_target(Layer: Any) -> None:
    model = Layer(length=8).initialize(X=FEATURES, Y=np.array([0, 2, 1, 0]))
    assert model.get_param("W").shape == (24,)
    assert not model.get_param("W").any()


@every_version
def test_an_empty_batch_goes_both_ways(Layer: Any) -> None:
    nothing = tuple(part[:0] for part in FEATURES)
    Y, backprop = model_of(Layer).begin_update(nothing)
    assert Y.shape == (0, 3)
    assert [len(part) for part in backprop(Y)] == [0, 0, 0]


@every_version
def test_keys_may_be_signed(Layer: Any) -> None:
    signed = (FEATURES[0].astype("int64"), *FEATURES[1:])
    model = model_of(Layer)
    np.testing.assert_array_equal(model.predict(signed), model.predict(FEATURES))


@every_version
def test_what_does_not_fit_is_refused_by_name(Layer: Any) -> None:
    model, (keys, values, lengths) = model_of(Layer), FEATURES
    with pytest.raises(DTypeError, match="takes a tuple"):
        model.predict(keys)
    with pytest.raises(DTypeError, match="ids"):
        model.predict((values, values, lengths))
    with pytest.raises(ShapeError, match="one value for each key"):
        model.predict((keys, values[1:], lengths))
    with pytest.raises(RangeError, match="lengths must sum up"):
        model.predict((keys, values, lengths[1:]))
    with pytest.raises(DimError, match="one bucket or more"):
        Layer(3, length=0)


@every_version
def test_no_gradient_is_computed_that_is_not_needed(Layer: Any) -> None:
    model = model_of(Layer)
    Y, backprop = model.begin_update(FEATURES, need_dX=False)
    assert backprop(Y) is None
    assert model.has_grad("W")
