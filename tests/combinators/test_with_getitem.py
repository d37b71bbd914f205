"""with_getitem: a layer on one item of a tuple."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet.chain import chain
from combinet.combinators import tuplify, with_getitem
from combinet.errors import BackpropError, DTypeError, RangeError
from combinet.layers import Linear, Relu
from combinet.testing import assert_is_gradient

from .values import floats, function

ITEMS = (floats(2, 3), floats(5, 4), "words")


@pytest.mark.parametrize("idx", [1, -2])
def test_the_layer_gets_its_item_and_the_others_pass(idx: int) -> None:
    layer = Linear(6, 4).initialize(seed=0)
    Y, backprop = with_getitem(idx, layer).begin_update(ITEMS)
    assert Y[0] is ITEMS[0]
    assert Y[2] is ITEMS[2]
    np.testing.assert_array_equal(Y[1], layer.predict(ITEMS[1]))
    dYs = (floats(2, 3, seed=1), floats(5, 6, seed=2), None)
    dX = backprop(dYs)
    assert dX[0] is dYs[0]
    assert dX[2] is None
    np.testing.assert_array_equal(dX[1], layer.begin_update(ITEMS[1])[1](dYs[1]))


def test_the_last_item_of_all_can_be_meant() -> None:
    Y = with_getitem(-1, function(str.upper)).predict(ITEMS)
    assert len(Y) == 3
    assert Y[2] == "WORDS"


def test_backprop_is_the_gradient() -> None:
    assert_is_gradient(with_getitem(1, Relu(3)), ITEMS[:2])


def test_sizes_are_read_off_the_item_and_flow_both_ways() -> None:
    model = with_getitem(1, Linear(6)).initialize(X=ITEMS)
    assert model.layers[0].get_dim("nI") == 4
    two = tuplify(Linear(3, 4), Linear(5, 4))
    inner: Any = Linear()
    chain(two, with_getitem(0, inner), with_getitem(0, Linear(2, 7))).initialize()
    assert (inner.get_dim("nI"), inner.get_dim("nO")) == (3, 7)


def test_what_is_no_tuple_is_refused() -> None:
    wrong: Any = list(ITEMS)
    with pytest.raises(DTypeError, match="takes a tuple, got list"):
        with_getitem(0, function(lambda X: X)).predict(wrong)


@pytest.mark.parametrize("idx", [3, -4])
def test_an_item_that_is_not_there_is_refused(idx: int) -> None:
    with pytest.raises(RangeError, match="there are 3"):
        with_getitem(idx, function(lambda X: X)).predict(ITEMS)


def test_another_number_of_gradients_is_refused() -> None:
    _, backprop = with_getitem(0, function(lambda X: X)).begin_update(ITEMS)
    with pytest.raises(BackpropError, match="one gradient for each of its 3"):
        backprop(ITEMS[:2])


def test_the_index_lives_in_the_attributes() -> None:
    assert with_getitem(1, Linear()).attrs == {"idx": 1}
    assert with_getitem(1, Linear()).name == "with_getitem(linear)"


def test_no_gradient_is_computed_that_is_not_needed() -> None:
    model = with_getitem(1, Linear(3, 4)).initialize()
    Y, backprop = model.begin_update(ITEMS, need_dX=False)
    assert backprop(Y) is None
    assert model.layers[0].has_grad("W")
