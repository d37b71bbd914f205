"""A small problem that a small network learns, and one that it cannot."""

from __future__ import annotations

from typing import Any

import numpy as np

from combinet import Adam, Dropout, Relu, Softmax, glorot_uniform_init
from combinet.model import Model
from combinet.training import Batches, SupervisedTask, Trainer

Instances = list[dict[str, Any]]


def instances(rows: int = 40, seed: int = 0) -> Instances:
    """Three classes, told by the largest of three numbers."""
    X = np.random.default_rng(seed).standard_normal((rows, 3)).astype("float32")
    return [{"x": row, "label": "abc"[int(row.argmax())]} for row in X]


def network(dropout: float = 0.0) -> Model[Any, Any]:
    return Relu(8) >> Dropout(dropout) >> Softmax(init_W=glorot_uniform_init)


def task(data: Instances | None = None, *, seed: int = 1, dropout: float = 0.0) -> SupervisedTask:
    data = instances() if data is None else data
    made = SupervisedTask(network(dropout), input="x")
    made.index(data)
    return made.initialize(seed=seed, x=np.stack([each["x"] for each in data]))


def trainer(model: Any = None, optimizer: Any = None, **settings: Any) -> Trainer:
    batches = settings.pop("data_loader", None) or Batches(instances(), 8, shuffle=True, seed=3)
    return Trainer(model or task(), optimizer or Adam(0.02), batches, **settings)


def weights(model: Any) -> dict[str, Any]:
    return {row.path: row.weights.copy() for row in model.parameters()}


def equal(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[n], other[n]) for n in one)
