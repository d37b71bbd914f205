"""CauchySimilarity against torch, its sizes, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from combinet.combinators import tuplify
from combinet.errors import BackpropError, DimError, DTypeError, ShapeError
from combinet.layers import CauchySimilarity, Linear

from .against_torch import assert_close, floats, in_float64


def test_output_and_gradients_agree_with_torch() -> None:
    model = in_float64(CauchySimilarity(4).initialize())
    W = torch.tensor(model.get_param("W"), requires_grad=True)
    x1, x2 = (torch.tensor(floats(6, 4, seed=i), requires_grad=True) for i in (1, 2))
    y = 1 / (1 + (W * (x1 - x2) ** 2).sum(dim=1))
    Y, backprop = model.begin_update((floats(6, 4, seed=1), floats(6, 4, seed=2)))
    assert_close(Y, y)
    y.backward(torch.tensor(floats(6, seed=3)))
    d1, d2 = backprop(floats(6, seed=3))
    assert_close(d1, x1.grad)
    assert_close(d2, x2.grad)
    assert_close(model.get_grad("W"), W.grad)


def test_equal_rows_are_one_and_order_does_not_matter() -> None:
    model = CauchySimilarity(4).initialize()
    X1, X2 = floats(5, 4, dtype="float32"), floats(5, 4, seed=1, dtype="float32")
    np.testing.assert_array_equal(model.predict((X1, X1)), np.ones(5))
    np.testing.assert_array_equal(model.predict((X1, X2)), model.predict((X2, X1)))


def test_weights_start_at_one() -> None:
    assert (CauchySimilarity(4).initialize().get_param("W") == 1).all()


def test_its_width_is_read_off_the_sample_and_off_its_neighbours() -> None:
    pair: Any = (floats(2, 4), floats(2, 4))
    assert CauchySimilarity().initialize(X=pair).get_dim("nI") == 4
    model = tuplify(Linear(3, 4), Linear(3, 4)) >> CauchySimilarity()
    model.initialize()
    assert model.layers[1].get_dim("nI") == 3
    backwards = tuplify(Linear(nI=4), Linear(nI=4)) >> CauchySimilarity(6)
    assert backwards.initialize().layers[0].layers[1].get_dim("nO") == 6


def test_a_pair_of_different_widths_is_refused_before_it_runs() -> None:
    with pytest.raises(DimError):
        CauchySimilarity().initialize(X=(floats(2, 4), floats(2, 3)))


def test_an_empty_batch_goes_both_ways() -> None:
    nothing: Any = (floats(0, 4, dtype="float32"),) * 2
    Y, backprop = CauchySimilarity(4).initialize().begin_update(nothing)
    assert Y.shape == (0,)
    assert [dX.shape for dX in backprop(Y)] == [(0, 4), (0, 4)]


@pytest.mark.parametrize("wrong", [None, [1, 2, 3], (floats(2, 4),)])
def test_what_is_no_pair_is_refused(wrong: Any) -> None:
    with pytest.raises(DTypeError, match="takes a pair"):
        CauchySimilarity(4).initialize().predict(wrong)


def test_different_numbers_of_rows_are_refused() -> None:
    with pytest.raises(ShapeError, match="two by two"):
        CauchySimilarity(4).initialize().predict((floats(2, 4), floats(3, 4)))


def test_a_gradient_of_another_shape_is_refused() -> None:
    _, backprop = CauchySimilarity(4).initialize().begin_update((floats(2, 4), floats(2, 4)))
    with pytest.raises(BackpropError, match="does not fit"):
        backprop(floats(2, 1))


def test_no_gradient_is_computed_that_is_not_needed() -> None:
    model = CauchySimilarity(4).initialize()
    Y, backprop = model.begin_update((floats(2, 4), floats(2, 4)), need_dX=False)
    assert backprop(Y) is None
    assert model.has_grad("W")
