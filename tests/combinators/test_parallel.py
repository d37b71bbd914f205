"""parallel: tuples in, tuples out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet.combinators import parallel, tuplify, with_array
from combinet.errors import BackpropError, DimError, DTypeError, StructureError
from combinet.layers import Linear, Relu, list2ragged, reduce_sum
from combinet.testing import assert_is_gradient

from .values import VALUES, floats

X, OTHER = VALUES["array"], floats(6, 2, seed=1)


def test_each_layer_gets_its_item_and_its_gradient() -> None:
    f, g = Relu(3, 4), Linear(5, 2)
    model = parallel(f, g).initialize(seed=0)
    Y, backprop = model.begin_update((X, OTHER))
    np.testing.assert_array_equal(Y[0], f.predict(X))
    np.testing.assert_array_equal(Y[1], g.predict(OTHER))
    dY = floats(6, 3), floats(6, 5)
    dX = backprop(dY)
    np.testing.assert_array_equal(dX[0], f.begin_update(X)[1](dY[0]))
    np.testing.assert_array_equal(dX[1], g.begin_update(OTHER)[1](dY[1]))


def test_items_may_be_of_different_containers() -> None:
    model: Any = parallel(with_array(Linear(3)), list2ragged() >> reduce_sum(), Relu(2))
    batch = VALUES["Ragged"], VALUES["list"], X[:2]
    model.initialize(X=batch)
    assert [Y.shape for Y in model.predict(batch)[1:]] == [(3, 4), (2, 2)]
    assert_is_gradient(model, batch)


def test_sizes_come_and_go_item_by_item() -> None:
    model = (tuplify(Linear(3), Linear(4)) >> parallel(Linear(), Relu())).initialize(
        X=X, Y=(floats(6, 7), floats(6, 8))
    )
    sizes = [(layer.get_dim("nI"), layer.get_dim("nO")) for layer in model.layers[1].layers]
    assert sizes == [(3, 7), (4, 8)]


def test_each_layer_takes_a_place_in_paths() -> None:
    model = parallel(Linear(3, 4), Linear(3, 4)).initialize()
    assert [row.path for row in model.parameters()] == ["0/W", "0/b", "1/W", "1/b"]


def test_the_gradient_of_the_input_is_left_out_when_nobody_needs_it() -> None:
    model = parallel(Linear(3, 4), Linear(3, 4)).initialize()
    Y, backprop = model.begin_update((X, X), need_dX=False)
    assert backprop(Y) is None
    assert model.layers[1].has_grad("W")


def test_fewer_than_two_layers_are_refused() -> None:
    single: Any = [Linear(3)]
    with pytest.raises(StructureError, match="two layers or more, got 1"):
        parallel(*single)


@pytest.mark.parametrize("wrong", [X, (X,), [X, X]], ids=["an array", "one item", "a list"])
def test_what_is_no_tuple_of_as_many_items_is_refused(wrong: Any) -> None:
    with pytest.raises(DTypeError, match="takes a tuple of 2, got"):
        parallel(Linear(3, 4), Linear(3, 4)).initialize().predict(wrong)


def test_a_gradient_with_too_few_items_is_refused() -> None:
    Y, backprop = parallel(Linear(3, 4), Linear(3, 4)).initialize().begin_update((X, X))
    short: Any = Y[:1]
    with pytest.raises(BackpropError, match=r"does not fit[^$]*dY: 1 item\n  Y: 2 items"):
        backprop(short)


def test_a_sample_with_too_many_items_is_refused() -> None:
    many: Any = (X, X, X)
    with pytest.raises(DimError, match="tuples of 2, and is met by one of 3"):
        parallel(Linear(3), Linear(3)).initialize(X=many)
