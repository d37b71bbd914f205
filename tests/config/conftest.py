"""Registries of their own for each test, with functions that hold nothing but their arguments."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import pytest

from combinet.registry import Registry, registry
from combinet.types import Floats2d

In = TypeVar("In")
Out = TypeVar("Out")


class Model(Generic[In, Out]):
    """Stands for the real one, which is in an outer ring."""

    def __init__(self, name: str, *layers: Any) -> None:
        self.name, self.layers = name, layers


def linear(nO: int, nI: int | None = None, dropout: float = 0.0) -> Model[Floats2d, Floats2d]:
    return Model(f"linear({nO}, {nI}, {dropout})")


def pool() -> Model[list[Floats2d], Floats2d]:
    return Model("pool")


def embed(width: int = 8) -> Model[list[str], list[Floats2d]]:
    return Model("embed")


def chain(*layers: Model[Any, Any], name: str = "chain") -> Model[Any, Any]:
    return Model(name, *layers)


def wrap(layer: Model[In, In]) -> Model[list[In], list[In]]:
    return Model("wrap", layer)


def three(
    tok2vec: Model[list[str], list[Floats2d]],
    layer1: Model[list[Floats2d], Floats2d],
    layer2: Model[Floats2d, Floats2d],
) -> Model[list[str], Floats2d]:
    return Model("three", tok2vec, layer1, layer2)


@pytest.fixture
def names() -> type[registry]:
    """Registries ``layers`` and ``misc`` with the functions above, and nothing else."""

    class fresh(registry):
        layers = Registry("layers", entry_points=False)
        misc = Registry("misc", entry_points=False)

    for function in (linear, pool, embed, chain, three, wrap):
        fresh.layers(f"{function.__name__}.v1", func=function)
    return fresh
