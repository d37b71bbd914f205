"""map_list: a layer on each item by itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet.combinators import map_list, with_array
from combinet.errors import BackpropError, DTypeError
from combinet.layers import Linear, Relu, reduce_sum
from combinet.testing import assert_is_gradient

from .values import ITEMS, VALUES, floats, function


def test_it_is_the_layer_on_each_item() -> None:
    layer = Relu(3, 4).initialize(seed=0)
    Y, backprop = map_list(layer).begin_update(ITEMS)
    for ours, item in zip(Y, ITEMS, strict=True):
        np.testing.assert_array_equal(ours, layer.predict(item))
    dX = backprop(Y)
    for ours, item, dY in zip(dX, ITEMS, Y, strict=True):
        np.testing.assert_array_equal(ours, layer.begin_update(item)[1](dY))


def test_for_a_layer_of_rows_it_is_with_array() -> None:
    layer = Linear(3, 4).initialize(seed=0)
    one, two = map_list(layer), with_array(layer)
    for ours, theirs in zip(one.predict(ITEMS), two.predict(ITEMS), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_items_may_be_of_any_kind() -> None:
    model = map_list(reduce_sum()).initialize(X=[VALUES["Ragged"]])
    Y, backprop = model.begin_update([VALUES["Ragged"], VALUES["Ragged"][:1]])
    assert [y.shape for y in Y] == [(3, 4), (1, 4)]
    assert [type(dX) for dX in backprop(Y)] == [type(VALUES["Ragged"])] * 2


def test_backprop_is_the_gradient() -> None:
    assert_is_gradient(map_list(Relu(3)), ITEMS)


def test_sizes_are_read_off_the_items() -> None:
    model = map_list(Linear()).initialize(X=ITEMS, Y=[floats(2, 3)])
    assert (model.layers[0].get_dim("nI"), model.layers[0].get_dim("nO")) == (4, 3)
    assert str(model.check(X=ITEMS).y) == "a list of floats (n, 3)"


def test_an_empty_list_stays_one() -> None:
    Y, backprop = map_list(Linear(3, 4)).initialize().begin_update([])
    assert Y == []
    assert backprop([]) == []


def test_what_is_no_list_is_refused() -> None:
    wrong: Any = floats(2, 4)
    with pytest.raises(DTypeError, match="takes a list"):
        map_list(function(lambda X: X)).predict(wrong)


def test_another_number_of_gradients_is_refused() -> None:
    _, backprop = map_list(function(lambda X: X)).begin_update(ITEMS)
    with pytest.raises(BackpropError, match=r"does not fit[^$]*dY: 2 items\n  Y: 3 items"):
        backprop(ITEMS[:2])


def test_no_gradient_is_computed_that_is_not_needed() -> None:
    model = map_list(Relu(3, 4)).initialize()
    Y, backprop = model.begin_update(ITEMS, need_dX=False)
    assert backprop(Y) is None
    assert model.layers[0].has_grad("W")
