"""Models that run fused, and how to compare them with themselves one by one."""

from __future__ import annotations

from typing import Any

import numpy as np

from combinet import (
    Dropout,
    Gelu,
    Maxout,
    Model,
    Ragged,
    Relu,
    Softmax,
    chain,
    clone,
    expand_window,
    fusion,
    glorot_uniform_init,
    residual,
    with_array,
)
from combinet.fusion import Fused

WIDTH = 4
AnyNet = Model[Any, Any]


def rows(n: int = 5, width: int = WIDTH, dtype: str = "float32") -> Any:
    return np.random.default_rng(n).normal(size=(n, width)).astype(dtype)


def run(model: AnyNet, X: Any, is_train: bool = True, need_dX: bool = True) -> list[Any]:
    """Output, gradient of the input, gradients of the parameters, and draws."""
    if is_train:
        Y, backprop = model.begin_update(X, need_dX=need_dX)
    else:
        Y, backprop = model(X, False)
    dX = backprop(Y)
    gradients = [row.gradient for row in model.parameters()]
    return [*arrays(Y), *([] if dX is None else arrays(dX)), *gradients]


def arrays(value: Any) -> list[Any]:
    if isinstance(value, Ragged):
        return [value.data, value.lengths]
    return list(value) if isinstance(value, list) else [value]


def assert_same_as_one_by_one(model: AnyNet, X: Any, **how: bool) -> None:
    state = model.to_bytes()
    fused = run(model, X, **how)
    drawn = [node._draws for node in model.walk()]
    model.from_bytes(state)
    with fusion(False):
        alone = run(model, X, **how)
    assert [node._draws for node in model.walk()] == drawn
    model.from_bytes(state)
    assert len(fused) == len(alone)
    for one, other in zip(fused, alone, strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            assert one.dtype == other.dtype
            scale = max(1.0, float(np.abs(other).max(initial=0)))
            tolerance = 1e-9 if other.dtype == "float64" else 2e-5
            np.testing.assert_allclose(one, other, tolerance, tolerance * scale)


def fused_steps(model: AnyNet) -> list[type]:
    """What the plan of a node runs as one."""
    return [type(step) for step in model._plan.steps if isinstance(step, Fused)]


def mlp(rate: float = 0.3) -> AnyNet:
    softmax = Softmax(2, 3, init_W=glorot_uniform_init)
    return chain(Relu(5, 4), Dropout(rate), Gelu(3, 5), softmax).initialize(seed=0)


def encoder() -> AnyNet:
    over_rows = with_array(Maxout(4, 12, 2, normalize=True, dropout=0.2), of="ragged")
    window = chain(expand_window(1, of="ragged"), over_rows)
    return clone(residual(window), 2).initialize(seed=0)
