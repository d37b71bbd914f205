"""PyTorchFunction: the forward is written, the backprop is torch's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from combinet import Adam, Model, Relu, glorot_uniform_init
from combinet.bridges import PyTorchFunction
from combinet.errors import BackpropError
from combinet.infer import Spec, rows
from combinet.model import Weight
from combinet.testing import assert_is_gradient

from .networks import X, dY


def gated(X: torch.Tensor, W: torch.Tensor, V: torch.Tensor) -> torch.Tensor:
    return torch.sigmoid(X @ W.T) * torch.tanh(X @ V.T)


def infer(model: Model[Any, Any], x: Spec | None, y: Spec | None) -> tuple[Spec, Spec]:
    return rows(model, "nI", x), rows(model, "nO", y)


def layer(nO: int | None = 3) -> Model[Any, Any]:
    return PyTorchFunction(
        gated,
        dims={"nO": nO, "nI": None},
        params={name: Weight(glorot_uniform_init, "nO", "nI") for name in "WV"},
        infer=infer,
    )


def test_its_gradients_are_right() -> None:
    assert_is_gradient(layer(), X)


def test_it_is_initialized_and_trained_as_any_layer() -> None:
    model = (Relu(8) >> layer()).initialize(X=X)
    before = {row.path: row.weights.copy() for row in model.parameters()}
    Y, backprop = model.begin_update(X)
    backprop(Y - dY)
    model.finish_update(Adam(0.01))
    after = {row.path: row.weights for row in model.parameters()}
    assert before.keys() == {"0/W", "0/b", "1/W", "1/V"}
    assert not any(np.array_equal(before[path], after[path]) for path in before)


def test_it_is_saved_and_loaded() -> None:
    model, other = layer().initialize(X=X), layer().initialize(X=X)
    expected = model.predict(X)
    assert np.array_equal(other.from_bytes(model.to_bytes()).predict(X), expected)


def test_its_name_is_that_of_the_function() -> None:
    assert layer().name == "gated"
    assert PyTorchFunction(lambda X: X, name="same").name == "same"


def test_several_inputs_and_outputs() -> None:
    def both(Xs: tuple[torch.Tensor, torch.Tensor]) -> dict[str, torch.Tensor]:
        return {"sum": Xs[0] + Xs[1], "product": Xs[0] * Xs[1]}

    Y, backprop = PyTorchFunction(both).begin_update((X, 2 * X))
    one, two = backprop({"product": Y["sum"]})
    assert np.allclose(one, 3 * X * 2 * X)
    assert np.allclose(two, 3 * X * X)


def test_ids_get_zeros_for_a_gradient() -> None:
    model = PyTorchFunction(lambda ids, E: E[ids], params={"E": np.ones((5, 3), "float32")})
    ids = np.array([0, 1, 1, 4, 2, 2])
    assert not model.begin_update(ids)[1](dY).any()
    assert np.allclose(model.get_grad("E")[1], dY[1] + dY[2])


def test_backprop_may_be_called_twice() -> None:
    model = layer().initialize(X=X)
    backprop = model.begin_update(X)[1]
    first, once = backprop(dY), model.get_grad("W").copy()
    assert np.array_equal(first, backprop(dY))
    assert np.allclose(model.get_grad("W"), 2 * once)


def test_without_need_dX_the_parameters_get_the_same_gradients() -> None:
    model, other = layer().initialize(X=X, seed=0), layer().initialize(X=X, seed=0)
    model.begin_update(X)[1](dY)
    assert other.begin_update(X, need_dX=False)[1](dY) is None
    assert np.allclose(model.get_grad("V"), other.get_grad("V"))


def test_an_unused_parameter_gets_zeros() -> None:
    model = PyTorchFunction(lambda X, W: X * 2, params={"W": np.ones(3, "float32")})
    assert np.array_equal(model.begin_update(X)[1](X), 2 * X)
    assert not model.get_grad("W").any()


def test_backprop_after_predict_is_refused() -> None:
    with pytest.raises(BackpropError, match="stores nothing"):
        layer().initialize(X=X)(X, False)[1](dY)
