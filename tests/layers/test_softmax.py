"""Softmax: probabilities forward, the gradient of logits backward."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from combinet.errors import BackpropError, DataError
from combinet.layers import Softmax, Softmax_v2

from .against_torch import assert_close, floats, in_float64


def _logits(model: Any, X: Any) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """The logits in torch, and what they are made of."""
    made = {name: torch.tensor(model.get_param(name), requires_grad=True) for name in "Wb"}
    made["X"] = torch.tensor(X, requires_grad=True)
    return made["X"] @ made["W"].T + made["b"], made


@pytest.mark.parametrize("T", [0.3, 1.0, 2.5])
def test_outputs_are_the_softmax_of_the_logits_over_the_temperature(T: float) -> None:
    model, X = in_float64(Softmax_v2(3, 4, temperature=T).initialize()), floats(5, 4)
    Z, _ = _logits(model, X)
    assert_close(model.predict(X), torch.softmax(Z / T, dim=1))


@pytest.mark.parametrize("T", [1.0, 2.5])
def test_backprop_takes_the_gradient_of_the_logits_over_the_temperature(T: float) -> None:
    model, X = in_float64(Softmax_v2(3, 4, temperature=T).initialize()), floats(5, 4)
    Z, made = _logits(model, X)
    dY = floats(5, 3, seed=3)
    (Z / T).backward(torch.tensor(dY))
    dX = model.begin_update(X)[1](dY)
    assert_close(dX, made["X"].grad)
    assert_close(model.get_grad("W"), made["W"].grad)
    assert_close(model.get_grad("b"), made["b"].grad)


def test_with_the_gradient_of_the_cross_entropy_it_follows_torch() -> None:
    model, X, labels = in_float64(Softmax(3, 4).initialize()), floats(5, 4), [0, 2, 1, 1, 0]
    Z, made = _logits(model, X)
    torch.nn.functional.cross_entropy(Z, torch.tensor(labels), reduction="sum").backward()
    Y, backprop = model.begin_update(X)
    backprop(Y - np.eye(3)[labels])
    assert_close(model.get_grad("W"), made["W"].grad)


def test_it_declares_its_gradient_to_be_of_logits() -> None:
    assert Softmax().gradient == "of logits"
    assert Softmax_v2().gradient == "of logits"


def test_without_normalizing_predict_gives_logits() -> None:
    model, X = Softmax_v2(3, 4, normalize_outputs=False).initialize(), floats(5, 4)
    in_float64(model)
    assert_close(model.predict(X), _logits(model, X)[0])


def test_without_normalizing_training_gives_probabilities_all_the_same() -> None:
    model = in_float64(Softmax_v2(3, 4, normalize_outputs=False).initialize())
    np.testing.assert_allclose(model.begin_update(floats(5, 4))[0].sum(axis=1), 1)


def test_backprop_through_logits_that_were_predicted_is_refused() -> None:
    model = Softmax_v2(3, 4, normalize_outputs=False).initialize()
    Y, backprop = model(floats(5, 4), False)
    with pytest.raises(BackpropError, match="not supported"):
        backprop(Y)


@pytest.mark.parametrize("T", [0.0, -1.0, float("nan")])
def test_a_temperature_that_is_not_above_zero_is_refused(T: float) -> None:
    with pytest.raises(DataError, match="temperature"):
        Softmax_v2(temperature=T)
    model = Softmax_v2(3, 4).initialize()
    model.attrs["softmax_temperature"] = T
    with pytest.raises(DataError, match="temperature"):
        model.predict(floats(5, 4))


def test_as_many_classes_as_the_highest_label_and_one() -> None:
    model = Softmax().initialize(X=floats(3, 4), Y=np.array([0, 6, 1]))
    assert model.get_dim("nO") == 7


def test_it_starts_with_the_same_probability_for_all() -> None:
    model = Softmax(4, 5).initialize()
    np.testing.assert_allclose(model.predict(floats(2, 5)), 0.25)


def test_far_logits_neither_overflow_nor_vanish() -> None:
    model = Softmax(2, 1).initialize()
    model.set_param("W", np.array([[1.0], [-1.0]], dtype="float32"))
    Y = model.predict(np.array([[1e4], [-1e4]], dtype="float32"))
    assert Y.tolist() == [[1, 0], [0, 1]]
