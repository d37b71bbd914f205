"""blame names the node that made the first number that is not finite."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet import (
    CategoricalCrossentropy,
    Dropout,
    Linear,
    Model,
    Relu,
    Softmax,
    add,
    noop,
    with_array,
)
from combinet.testing import Blame, blame

X = np.random.default_rng(0).standard_normal((4, 3)).astype("float32")


def node(name: str, forward: float = 1.0, backward: float = 1.0) -> Model[Any, Any]:
    """Multiplies its input, and its gradient, by a number."""
    return Model(name, _forward, attrs={"forward": forward, "backward": backward})


def _forward(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
    def backprop(dY: Any) -> Any:
        return dY * model.attrs["backward"]

    return X * model.attrs["forward"], backprop


def found(model: Model[Any, Any], *args: Any, **options: Any) -> Blame:
    result = blame(model, *args, **options)
    assert result is not None
    return result


def test_a_healthy_model_is_not_blamed() -> None:
    model = (Relu(4) >> Dropout(0.5) >> Softmax(3)).initialize(X=X)
    assert blame(model, X) is None
    assert blame(model, X, np.eye(4, 3), loss=CategoricalCrossentropy()) is None


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_the_first_node_whose_output_is_not_finite_is_blamed(value: float) -> None:
    result = found(node("a") >> node("b", forward=value) >> node("c"), X)
    assert (result.node.name, result.path, result.phase) == ("b", "1", "forward")
    assert (result.what, result.count) == ("output", (12, 12))


def test_the_node_inside_is_blamed_rather_than_what_holds_it() -> None:
    model = noop() >> with_array(node("a") >> node("b", forward=np.nan))
    assert found(model, [X, X]).path == "1.0.1"


def test_a_combinator_is_blamed_for_what_its_layers_did_not_make() -> None:
    model = add(node("a", forward=3e38), node("b", forward=3e38))
    result = found(model, np.ones((1, 1), "float32"))
    assert (result.node, result.phase) == (model, "forward")


def test_the_first_backprop_that_is_not_finite_is_blamed() -> None:
    model = node("a") >> node("b", backward=np.nan) >> node("c", backward=2.0)
    result = found(model, X)
    assert (result.path, result.phase, result.what) == ("1", "backprop", "dX")


def test_a_gradient_of_a_parameter_is_named() -> None:
    model = Linear(2, 1).initialize()
    model.get_param("W")[...] = 0.1
    result = found(model, np.full((2, 1), 3e38, "float32"), dY=np.full((2, 2), 2, "float32"))
    assert (result.phase, result.what) == ("backprop", "gradient of W")


def test_the_skipped_input_gradient_of_the_first_layer_is_no_fault() -> None:
    model = (Linear(2, 3) >> Linear(2)).initialize(X=X)
    assert blame(model, X) is None
    assert (
        found(node("a") >> Linear(2, 3).initialize() >> node("b", backward=np.inf), X).path == "2"
    )


@pytest.mark.parametrize("where", ["input", "parameter", "dY", "loss"])
def test_what_came_in_so_is_said_to_have(where: str) -> None:
    model = (Linear(3, 3) >> Linear(3, 3)).initialize()
    batch, options = X.copy(), dict[str, Any]()
    if where == "input":
        batch[1, 2] = np.nan
    elif where == "parameter":
        model.layers[1].get_param("b")[0] = np.nan
    elif where == "dY":
        options["dY"] = np.full((4, 3), np.nan, "float32")
    else:
        options["loss"] = lambda guess, Y: (guess * np.nan, 0.0)
    result = found(model, batch, **options)
    assert result.phase == "given"
    says = {"input": "the input", "parameter": "parameter 1/b", "dY": "dY", "loss": "dY"}[where]
    assert says in repr(result)
    assert "not finite to begin with" in repr(result)


def test_the_model_is_left_as_it_was() -> None:
    model = (Linear(4) >> Dropout(0.5) >> Linear(2)).initialize(X=X)
    Y, backprop = model.begin_update(X)
    backprop(Y)
    before = {row.path: (row.weights.copy(), row.gradient.copy()) for row in model.parameters()}
    draws, call = [each._draws for each in model.walk()], Model.__call__
    blame(model, X)
    for row in model.parameters():
        assert np.array_equal(row.weights, before[row.path][0])
        assert np.array_equal(row.gradient, before[row.path][1])
    assert [each._draws for each in model.walk()] == draws
    assert Model.__call__ is call


def test_an_error_on_the_way_leaves_the_model_as_it_was() -> None:
    model, call = Linear(4, 3).initialize(), Model.__call__
    model.set_grad("W", np.ones((4, 3), "float32"))
    with pytest.raises(ValueError, match="5"):
        blame(model, np.ones((2, 5), "float32"))
    assert Model.__call__ is call
    assert model.has_grad("W")


def test_the_message_names_node_path_and_how_much() -> None:
    result = found(node("a") >> node("b", forward=np.nan), X)
    assert repr(result) == (
        "the forward of b (path 1) made it: its input is finite, its output is not: "
        "12 of 12 numbers"
    )
