"""from_function and elementwise: layers of plain functions, checked and composed."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from combinet.chain import chain
from combinet.errors import BackpropError, DTypeError
from combinet.infer import same
from combinet.layers import Linear, elementwise, from_function
from combinet.testing import WrongGradient, assert_is_gradient

from .against_torch import floats

X = floats(4, 3)


def flip(X: Any) -> Any:
    return X[::-1].copy()


def flip_back(dY: Any, X: Any, Y: Any) -> Any:
    return dY[::-1].copy()


def test_a_layer_of_two_functions_computes_both() -> None:
    model = from_function(flip, flip_back)
    Y, backprop = model.begin_update(X)
    np.testing.assert_array_equal(Y, X[::-1])
    np.testing.assert_array_equal(backprop(Y), X)
    assert_is_gradient(model, X)


def test_backprop_sees_the_input_and_the_output() -> None:
    seen: list[Any] = []
    model = from_function(np.exp, lambda dY, X, Y: seen.extend([X, Y]) or dY * Y)
    model.begin_update(X)[1](X)
    np.testing.assert_array_equal(seen[0], X)
    np.testing.assert_array_equal(seen[1], np.exp(X))


def test_it_is_named_after_the_function_or_as_asked() -> None:
    assert from_function(flip, flip_back).name == "flip"
    assert from_function(flip, flip_back, name="mirror").name == "mirror"
    assert elementwise(np.sin, np.cos).name == "sin"


def test_a_wrong_backprop_is_told_with_its_size() -> None:
    model = from_function(flip, lambda dY, X, Y: 3 * dY[::-1])
    with pytest.raises(WrongGradient, match="gradient of the input is wrong: it is 3 times"):
        assert_is_gradient(model, X)


def test_an_elementwise_layer_passes_sizes_on_both_ways() -> None:
    model = chain(Linear(5), elementwise(np.sin, np.cos), Linear())
    model.initialize(X=X, Y=floats(4, 2))
    assert model.layers[2].get_dim("nI") == 5
    assert_is_gradient(model, X)


def test_without_a_rule_sizes_come_with_data_and_with_one_they_do_not_need_any() -> None:
    def network(**settings: Any) -> Any:
        return chain(Linear(5, 3), from_function(flip, flip_back, **settings), Linear(2))

    assert network().initialize(X=X).layers[2].get_dim("nI") == 5
    assert network(infer=same).initialize().layers[2].get_dim("nI") == 5


def test_it_copies_and_pickles_where_its_functions_do() -> None:
    model = from_function(flip, flip_back)
    for twin in (model.copy(), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(twin.predict(X), X[::-1])


def test_an_elementwise_layer_takes_floats_alone() -> None:
    wrong: Any = np.arange(3)
    with pytest.raises(DTypeError, match="sin takes floats, got int64"):
        elementwise(np.sin, np.cos).predict(wrong)


def test_an_elementwise_layer_refuses_a_gradient_that_does_not_fit() -> None:
    with pytest.raises(BackpropError, match="does not fit its output"):
        elementwise(np.sin, np.cos).begin_update(X)[1](X[:1])
