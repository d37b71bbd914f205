"""resizable: a layer made wider keeps what it learned."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

from combinet.chain import chain
from combinet.combinators import resizable, resize_linear_weighted, resize_model
from combinet.errors import DimError, StructureError
from combinet.layers import LayerNorm, Linear, Maxout, Relu, Softmax

from .values import floats

X = floats(5, 4)


@pytest.mark.parametrize("Layer", [Linear, Relu, Maxout])
def test_old_units_give_what_they_gave(Layer: Any) -> None:
    model = resizable(Layer(3, 4), resize_linear_weighted).initialize(seed=0)
    before = model.predict(X)
    assert resize_model(model, 5) is model
    after = model.predict(X)
    np.testing.assert_array_equal(after[:, :3], before)
    assert not after[:, 3:].any()
    assert model.get_dim("nO") == model.layers[0].get_dim("nO") == 5


def test_new_rows_are_filled_as_asked() -> None:
    resize = partial(resize_linear_weighted, fill_defaults={"b": -1e9})
    model = resizable(Softmax(3, 4), resize).initialize()
    model.layers[0].get_param("W")[...] = floats(3, 4, seed=2)
    before = model.predict(X)
    resize_model(model, 5)
    np.testing.assert_allclose(model.predict(X)[:, :3], before, rtol=1e-6)
    assert (model.layers[0].get_param("b")[3:] == np.float32(-1e9)).all()
    assert not model.layers[0].get_param("W")[3:].any()


def test_a_wider_layer_trains() -> None:
    model = resizable(Linear(3, 4), resize_linear_weighted).initialize(seed=0)
    _, backprop = model.begin_update(X)
    backprop(floats(5, 3))
    resize_model(model, 5)
    Y, backprop = model.begin_update(X)
    assert backprop(Y).shape == X.shape
    assert model.layers[0].get_grad("W").shape == (5, 4)


def test_the_old_layer_stays_as_it_was() -> None:
    old = Linear(3, 4).initialize(seed=0)
    before = old.get_param("W").copy()
    new = resize_linear_weighted(old, 5)
    new.get_param("W")[...] = 7
    np.testing.assert_array_equal(old.get_param("W"), before)
    assert old.get_dim("nO") == 3


@pytest.mark.parametrize("given", [{}, {"nO": 3}, {"nI": 4}])
def test_a_layer_without_parameters_is_set_to_the_new_width(given: Any) -> None:
    layer = Linear(**given)
    assert resize_linear_weighted(layer, 5) is layer
    assert layer.get_dim("nO") == 5


def test_the_same_width_is_the_same_layer() -> None:
    layer = Linear(3, 4).initialize()
    assert resize_linear_weighted(layer, 3) is layer


def test_trained_units_are_not_lost() -> None:
    with pytest.raises(DimError, match="would lose some"):
        resize_model(resizable(Linear(3, 4), resize_linear_weighted).initialize(), 2)


def test_only_one_layer_with_rows_for_units_can_be_resized() -> None:
    with pytest.raises(StructureError, match="more than one layer"):
        resize_linear_weighted(chain(Relu(3, 4), Linear(3, 3)).initialize(), 5)
    norm = LayerNorm(4).initialize()
    norm.set_param("G", np.ones((2, 4), dtype="float32"))
    with pytest.raises(StructureError, match="no row for each unit"):
        resize_linear_weighted(norm, 5)


def test_another_model_cannot_be_resized() -> None:
    with pytest.raises(StructureError, match="resizable"):
        resize_model(Linear(3, 4), 5)


def test_it_takes_any_function_that_resizes() -> None:
    model = resizable(Linear(3, 4), lambda layer, new_nO: Linear(new_nO, 4)).initialize()
    assert model.attrs["resize_layer"](model.layers[0], 6).get_dim("nO") == 6
    assert resize_model(model, 6).layers[0].get_dim("nO") == 6


def test_it_can_be_saved_whatever_the_function_is() -> None:
    resize = partial(resize_linear_weighted, fill_defaults={"b": 1.0})
    model = resizable(Linear(3, 4), resize).initialize(seed=0)
    other = resizable(Linear(3, 4), resize).initialize(seed=1)
    np.testing.assert_array_equal(other.from_bytes(model.to_bytes()).predict(X), model.predict(X))


def test_a_width_set_on_the_whole_is_that_of_the_layer() -> None:
    model = resizable(Linear(nI=4), resize_linear_weighted)
    model.set_dim("nO", 5)
    assert model.initialize().layers[0].get_dim("nO") == 5


def test_sizes_flow_through() -> None:
    model = chain(resizable(Linear(nI=4), resize_linear_weighted), Linear(2, 6)).initialize()
    assert model.layers[0].get_dim("nO") == 6
    assert resizable(Linear(3, 4), resize_linear_weighted).get_dim("nI") == 4
