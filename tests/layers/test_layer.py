"""The decorator that makes a layer of a function, as the page "write your own layer" has it."""

from __future__ import annotations

import inspect
import pickle
from typing import Any

import numpy as np
import pytest

from combinet.errors import DimError, StructureError
from combinet.initializers import glorot_uniform_init, zero_init
from combinet.layers import Linear, layer
from combinet.model import Weight
from combinet.registry import registry
from combinet.testing import WrongGradient, assert_is_gradient

from .against_torch import floats

X = floats(4, 3)


@layer
def Square(X):  # type: ignore[no-untyped-def]
    return X * X, lambda dY: 2 * X * dY


@layer(W=Weight(glorot_uniform_init, "nO", "nI"), b=Weight(zero_init, "nO"), attrs={"factor": 2.0})
def Scaled(model, X, is_train):  # type: ignore[no-untyped-def]
    """An affine map, times a factor."""
    W, factor = model.get_param("W"), model.attrs["factor"]

    def backprop(dY):  # type: ignore[no-untyped-def]
        model.inc_grad("W", factor * dY.T @ X)
        model.inc_grad("b", factor * dY.sum(axis=0))
        return factor * dY @ W

    return factor * (X @ W.T + model.get_param("b")), backprop


def test_a_function_of_the_input_is_a_layer() -> None:
    np.testing.assert_array_equal(Square().predict(X), X * X)
    assert_is_gradient(Square(), X)


def test_a_layer_with_parameters_infers_sizes_and_has_the_right_gradients() -> None:
    model = (Scaled(5) >> Linear(2)).initialize(X=X)
    assert model.layers[0].get_param("W").shape == (5, 3)
    assert_is_gradient(model, X)


def test_dims_go_by_place_or_by_name_and_attributes_by_name() -> None:
    assert Scaled(5, 3).get_dim("nI") == Scaled(nI=3).get_dim("nI") == 3
    assert Scaled().attrs["factor"] == 2.0
    assert Scaled(factor=3.0).attrs["factor"] == 3.0


def test_an_argument_that_does_not_exist_is_refused() -> None:
    with pytest.raises(TypeError, match="nX"):
        Scaled(nX=3)


def test_sizes_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(DimError):
        Scaled(5, 7).initialize(X=X)


def test_each_layer_has_parameters_of_its_own() -> None:
    one, two = (Scaled(5, 3).initialize() for _ in range(2))
    assert one.get_param("W") is not two.get_param("W")


def test_each_layer_has_attributes_of_its_own() -> None:
    @layer(attrs={"seen": []})
    def Noting(model: Any, X: Any, is_train: bool) -> Any:
        model.attrs["seen"].append(len(X))
        return X, lambda dY: dY

    one, two, given = Noting(), Noting(), [7]
    one.predict(X)
    assert (one.attrs["seen"], two.attrs["seen"], Noting().attrs["seen"]) == ([4], [], [])
    assert Noting(seen=given).attrs["seen"] is given


def test_the_constructor_keeps_the_name_and_the_words_of_the_function() -> None:
    constructor: Any = Scaled
    assert constructor.__name__ == Scaled(5, 3).name == "Scaled"
    assert constructor.__doc__ == "An affine map, times a factor."
    assert list(inspect.signature(constructor).parameters) == ["nO", "nI", "factor"]


@pytest.mark.parametrize("make", [lambda: Scaled(5, 3), Square])
def test_what_it_makes_can_be_pickled(make: Any) -> None:
    model = make().initialize()
    twin = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(twin.predict(X), model.predict(X))


def test_so_can_what_is_made_of_a_function_that_keeps_its_name() -> None:
    model = layer(_cube)()
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X), X**3)


def _cube(X: Any) -> Any:
    return X**3, lambda dY: 3 * X * X * dY


def test_it_is_built_from_a_config_once_it_is_registered() -> None:
    registry.layers.register("test_layer.Scaled.v1", func=Scaled)
    try:
        section = {"model": {"@layers": "test_layer.Scaled.v1", "nO": 5, "factor": 3.0}}
        model = registry.resolve(section)["model"]
    finally:
        registry.layers.unregister("test_layer.Scaled.v1")
    assert (model.get_dim("nO"), model.attrs["factor"]) == (5, 3.0)


def test_a_function_of_two_arguments_is_refused() -> None:
    def wrong(model: Any, X: Any) -> Any:
        return X, None

    with pytest.raises(StructureError, match="wrong takes 2 arguments"):
        layer(wrong)


@pytest.mark.parametrize(
    ("slip", "message"),
    [
        ("W", "the gradient of W of Slipped is wrong: it is 0.5 times the right one"),
        ("b", "the gradient of b of Slipped is wrong: backprop gives it none"),
        ("X", "the gradient of the input is wrong"),
    ],
)
def test_a_wrong_gradient_is_told_by_name_and_by_how_much(slip: str, message: str) -> None:
    @layer(W=Weight(glorot_uniform_init, "nO", "nI"), b=Weight(zero_init, "nO"))
    def Slipped(model, X, is_train):  # type: ignore[no-untyped-def]
        W = model.get_param("W")

        def backprop(dY):  # type: ignore[no-untyped-def]
            model.inc_grad("W", dY.T @ X * (0.5 if slip == "W" else 1))
            if slip != "b":
                model.inc_grad("b", dY.sum(axis=0))
            return dY @ (W[::-1] if slip == "X" else W)

        return X @ W.T + model.get_param("b"), backprop

    with pytest.raises(WrongGradient, match=message) as caught:
        assert_is_gradient(Slipped(5, 3), X)
    assert "off by" in str(caught.value)
