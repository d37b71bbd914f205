"""RegularizerApplicator: the penalty of a model, and its gradient beside that of the loss."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet import PyTorchWrapper
from combinet.chain import chain
from combinet.config import Config
from combinet.errors import BackpropError, ConfigError
from combinet.layers.linear import Linear
from combinet.model import Model
from combinet.registry import registry
from combinet.regularizers import L1Regularizer, L2Regularizer, RegularizerApplicator

APPLICATOR = RegularizerApplicator([(r"0/W", L1Regularizer(0.3)), (r"W", L2Regularizer(0.7))])


def two_layers() -> Model[Any, Any]:
    return chain(Linear(4, 3), Linear(2)).initialize(seed=0).to_dtype("float64")


def test_the_penalty_is_the_sum_over_the_parameters_that_are_found() -> None:
    model = two_layers()
    first, second = (layer.get_param("W") for layer in model.layers)
    expected = 0.3 * abs(first).sum() + 0.7 * (second**2).sum()
    penalty = APPLICATOR(model)
    assert isinstance(penalty, float)
    assert penalty == pytest.approx(expected)


def test_without_expressions_there_is_no_penalty() -> None:
    model = two_layers()
    assert RegularizerApplicator()(model) == 0.0
    RegularizerApplicator().add_gradients(model)
    assert all(row.gradient is None for row in model.parameters())


def test_the_gradient_is_the_derivative_of_the_penalty() -> None:
    model = two_layers()
    APPLICATOR.add_gradients(model)
    step = 1e-6
    for row in model.parameters():
        if row.gradient is None:
            assert row.path.endswith("b")
            continue
        place = (0,) * row.weights.ndim
        row.weights[place] += step
        above = APPLICATOR(model)
        row.weights[place] -= 2 * step
        below = APPLICATOR(model)
        row.weights[place] += step
        assert row.gradient[place] == pytest.approx((above - below) / (2 * step), rel=1e-5)


def test_it_is_added_to_what_backpropagation_has_gathered() -> None:
    model = two_layers()
    Y, backprop = model.begin_update(np.ones((5, 3)))
    backprop(Y)
    before = [layer.get_grad("W").copy() for layer in model.layers]
    APPLICATOR.add_gradients(model)
    first, second = model.layers
    np.testing.assert_allclose(first.get_grad("W"), before[0] + 0.3 * np.sign(first.get_param("W")))
    np.testing.assert_allclose(second.get_grad("W"), before[1] + 1.4 * second.get_param("W"))


def test_a_shared_layer_is_penalized_once() -> None:
    shared = Linear(3, 3)
    model = chain(shared, shared).initialize(seed=0)
    only = RegularizerApplicator([("W", L2Regularizer(1.0))])
    assert only(model) == pytest.approx(float((shared.get_param("W") ** 2).sum()), rel=1e-5)


@pytest.mark.parametrize("apply", [APPLICATOR, APPLICATOR.add_gradients])
def test_an_expression_that_is_found_nowhere_is_an_error(apply: Any) -> None:
    with pytest.raises(ConfigError, match=r"no parameter has '0/W'[\s\S]*W, b"):
        apply(Linear(2, 3).initialize())


def test_a_config_names_pairs() -> None:
    text = """
    [regularizer]
    @regularizers = "RegularizerApplicator.v1"
    regexes = [
        ["0/W", {"@regularizers": "L1Regularizer.v1", "alpha": 0.3}],
        ["W", {"@regularizers": "L2Regularizer.v1", "alpha": 0.7}]]
    """
    model = two_layers()
    built = registry.resolve(Config().from_str(text))["regularizer"]
    assert built(model) == pytest.approx(APPLICATOR(model))


def test_the_parameters_of_a_wrapped_module_are_penalized_too() -> None:
    torch = pytest.importorskip("torch")
    module = torch.nn.Linear(3, 2).double()
    model = PyTorchWrapper(module)
    penalty = RegularizerApplicator([("weight", L2Regularizer(0.7))])
    with pytest.raises(BackpropError, match="add_gradients\\(\\) after backprop"):
        penalty.add_gradients(model)
    Y, backprop = model.begin_update(np.ones((5, 3)))
    backprop(Y)
    before = module.weight.grad.clone()
    penalty.add_gradients(model)
    torch.testing.assert_close(module.weight.grad, before + 1.4 * module.weight.detach())
    assert penalty(model) == pytest.approx(0.7 * float((module.weight.detach() ** 2).sum()))
