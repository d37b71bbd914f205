"""recompute: keep nothing of a layer's forward pass, and run it again when it goes back."""

# The draws of dropout are set back, and only nodes themselves may know of them.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from ..model import Model, without_dX
from ..registry import registry
from ._see_through import see_through

In = TypeVar("In")
Out = TypeVar("Out")


@registry.layers("recompute.v1")
def recompute(layer: Model[In, Out]) -> Model[In, Out]:
    """``Y = f(X)``, of which only ``X`` is kept: backprop runs ``f`` a second time.

    Less memory for more time: of a stack of layers, the insides of one exist at once. Dropout
    draws the same masks again, so outputs and gradients are those of the layer itself; a wrapped
    module of another framework draws from that one's generator, and so others. Takes no place in
    paths.

    Source:
        Chen et al., Training Deep Nets with Sublinear Memory Cost, 2016.
    """
    return see_through("recompute", layer, _forward)


def _forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    layer = model.layers[0]
    draws = {node: node._draws for node in layer.walk()}
    Y, _ = layer(X, is_train)

    def backprop(dY: Any, *, need_dX: bool = True) -> Any:
        with _drawing_from(draws):
            _, run = layer(X, is_train)
        return run(dY) if need_dX else without_dX(run)(dY)

    return Y, backprop


@contextmanager
def _drawing_from(draws: Mapping[Model[Any, Any], int]) -> Generator[None]:
    """Inside the block, nodes draw the masks that they drew from these numbers on."""
    now = {node: node._draws for node in draws}
    for node, number in draws.items():
        node._draws = number
    try:
        yield
    finally:
        for node, number in now.items():
            node._draws = number
