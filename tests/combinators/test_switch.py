"""switch: one of several layers, chosen at each call."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet.combinators import switch
from combinet.errors import StructureError, UnknownName
from combinet.layers import Linear, Relu
from combinet.model import Model
from combinet.testing import assert_is_gradient

from .values import VALUES, floats

X = VALUES["array"]


def _model(on: Any = "a") -> Model[Any, Any]:
    layers: dict[Any, Model[Any, Any]] = {"a": Linear(3), "b": Relu(3)}
    return switch(on, layers).initialize(X=X, seed=0)


def test_the_attribute_chooses_the_layer() -> None:
    model = _model()
    for key, layer in zip("ab", model.layers, strict=True):
        model.attrs["on"] = key
        np.testing.assert_array_equal(model.predict(X), layer.predict(X))
        assert_is_gradient(model, X)


def test_a_function_of_the_input_chooses_the_layer() -> None:
    model = _model(lambda X: "a" if len(X) > 3 else "b")
    first, second = model.layers
    np.testing.assert_array_equal(model.predict(X), first.predict(X))
    np.testing.assert_array_equal(model.predict(X[:2]), second.predict(X[:2]))


def test_the_others_get_no_gradient() -> None:
    model = _model("b")
    model.begin_update(X)[1](floats(6, 3))
    assert [layer.has_grad("W") for layer in model.layers] == [False, True]


def test_backprop_goes_through_the_layer_that_ran() -> None:
    model = _model("b")
    _, backprop = model.begin_update(X)
    model.attrs["on"] = "a"
    backprop(floats(6, 3))
    assert [layer.has_grad("W") for layer in model.layers] == [False, True]


def test_one_size_is_that_of_all() -> None:
    layers: dict[Any, Model[Any, Any]] = {0: Linear(), 1: Relu(3)}
    model = switch(1, layers).initialize(X=X)
    assert model.layers[0].get_param("W").shape == (3, 4)
    assert model.get_dim("nO") == 3


def test_the_choice_is_saved() -> None:
    model, other = _model("a"), _model("b")
    other.from_bytes(model.to_bytes())
    assert other.attrs["on"] == "a"


def test_a_key_without_a_layer_is_refused_when_made_and_when_run() -> None:
    with pytest.raises(UnknownName, match="has no layer 'c'"):
        _model("c")
    model = _model()
    model.attrs["on"] = "c"
    with pytest.raises(UnknownName, match="has no layer 'c'") as caught:
        model.predict(X)
    assert "known: 'a', 'b'" in str(caught.value)


def test_no_layers_are_refused() -> None:
    with pytest.raises(StructureError, match="one layer or more"):
        switch("a", {})


def test_the_gradient_of_the_input_is_left_out_when_nobody_needs_it() -> None:
    Y, backprop = _model().begin_update(X, need_dX=False)
    assert backprop(Y) is None
