"""What an optimizer of anybody makes of parameters and gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet import SGD, Linear, Relu

X = np.random.default_rng(0).normal(size=(6, 5)).astype("float32")


def _loss_after_steps(optimizer: Any) -> float:
    model = (Relu(4) >> Linear(2)).initialize(X=X, Y=X[:, :2], seed=0)
    for _ in range(5):
        Y, backprop = model.begin_update(X)
        backprop((Y - X[:, :2]) / len(X))
        model.finish_update(optimizer)
    return float(((model.predict(X) - X[:, :2]) ** 2).sum())


def test_an_optimizer_that_returns_new_arrays_trains_as_one_that_writes_into_the_old() -> None:
    def descend(key: tuple[int, str], W: Any, dW: Any) -> tuple[Any, Any]:
        return W - 0.1 * dW, np.zeros_like(dW)

    expected = _loss_after_steps(SGD(0.1, grad_clip=0))
    assert _loss_after_steps(descend) == pytest.approx(expected, rel=1e-5)
