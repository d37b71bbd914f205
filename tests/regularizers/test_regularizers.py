"""Penalties are those of torch, and their gradients the derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from combinet.errors import ConfigError
from combinet.registry import registry
from combinet.regularizers import L1Regularizer, L2Regularizer, Regularizer

WEIGHTS = arrays("float64", st.integers(0, 6).map(lambda n: (n, 3)), elements=st.floats(-9, 9))


@pytest.mark.parametrize("kind", [L1Regularizer, L2Regularizer])
@given(weights=WEIGHTS, alpha=st.floats(0, 2))
@settings(max_examples=30, deadline=None)
def test_the_penalty_and_its_gradient_are_torchs(
    kind: Any, weights: np.ndarray, alpha: float
) -> None:
    T = torch.tensor(weights, requires_grad=True)
    penalty = alpha * (T.abs() if kind is L1Regularizer else T**2).sum()
    penalty.backward()
    regularizer: Regularizer = kind(alpha=alpha)
    assert T.grad is not None
    assert regularizer(weights) == pytest.approx(penalty.item())
    np.testing.assert_allclose(regularizer.get_grad(weights), T.grad.numpy(), atol=1e-12)


@pytest.mark.parametrize("kind", [L1Regularizer, L2Regularizer])
def test_the_gradient_keeps_type_and_shape_and_is_a_new_array(kind: Any) -> None:
    weights = np.full((2, 3, 4), -2.0, "float32")
    weights.flags.writeable = False
    gradient = kind(alpha=0.5).get_grad(weights)
    assert gradient.dtype == np.float32
    assert gradient.shape == (2, 3, 4)
    assert not np.shares_memory(gradient, weights)


@pytest.mark.parametrize("name", ["L1Regularizer", "L2Regularizer"])
def test_a_config_names_it(name: str) -> None:
    block = {"@regularizers": f"{name}.v1", "alpha": 0.25}
    assert registry.resolve({"r": block})["r"](np.array([-2.0])) == {"1": 0.5, "2": 1.0}[name[1]]


@pytest.mark.parametrize("kind", [L1Regularizer, L2Regularizer])
@pytest.mark.parametrize("alpha", [-0.1, float("nan")])
def test_a_strength_below_zero_is_refused(kind: Any, alpha: float) -> None:
    with pytest.raises(ConfigError, match="alpha"):
        kind(alpha=alpha)
