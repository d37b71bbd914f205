"""A small model, and a check that nothing about a model has changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from combinet.chain import chain
from combinet.layers.dropout import Dropout
from combinet.layers.linear import Linear
from combinet.layers.relu import Relu
from combinet.model import Model

X = np.linspace(-1, 1, 15, dtype="float32").reshape(5, 3)
Net = Model[Any, Any]


def net() -> Net:
    return chain(Relu(4), Dropout(0.25), Linear(2))


def trained(seed: int = 1) -> Net:
    return net().initialize(X=X, seed=seed)


def untouched(model: Net) -> Callable[[], None]:
    """A check that nothing about the model has changed since."""
    before = model.to_bytes()

    def check() -> None:
        assert model.to_bytes() == before

    return check
