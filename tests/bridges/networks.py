"""Modules that the tests of the PyTorch bridge wrap."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import torch
from torch import nn

from combinet import Model
from combinet.bridges import PyTorchWrapper

RNG = np.random.default_rng(0)
X = RNG.standard_normal((6, 4)).astype("float32")
dY = RNG.standard_normal((6, 3)).astype("float32")


def mlp(dropout: float = 0.0) -> nn.Module:
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(dropout), nn.Linear(8, 3))


def wrapped(module: nn.Module | None = None, **options: Any) -> Model[Any, Any]:
    return PyTorchWrapper(mlp() if module is None else module, **options)


def weights(model: Model[Any, Any]) -> dict[str, Any]:
    return {row.path: row.weights.copy() for row in model.parameters()}


def gradients(model: Model[Any, Any]) -> dict[str, Any]:
    return {r.path: None if r.gradient is None else r.gradient.copy() for r in model.parameters()}


class Mixed(nn.Module):
    """Ids and floats in, a tuple, a dict or a dataclass out."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self.table, self.linear, self.form = nn.Embedding(10, 4), nn.Linear(4, 3), form

    def forward(self, ids: torch.Tensor, rows: torch.Tensor) -> Any:
        hidden = self.table(ids) + rows
        logits, best = self.linear(hidden), self.linear(hidden).argmax(1)
        if self.form == "tuple":
            return hidden, logits, best
        if self.form == "list":
            return [hidden, [logits, best]]
        if self.form == "dict":
            return {"hidden": hidden, "logits": logits, "best": best}
        return Output(hidden, logits, best)


@dataclasses.dataclass(frozen=True)
class Output:
    hidden: Any
    logits: Any = None
    best: Any = None
