"""freeze: a layer that learns nothing, and passes the gradient on."""

# Gradients are put aside as a whole, and only nodes themselves may do so.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from threading import RLock
from typing import Any, TypeVar

from ..errors import StructureError
from ..model import NO_DX, Model
from ..registry import registry
from ._see_through import see_through

In = TypeVar("In")
Out = TypeVar("Out")

#: Two threads may train networks around one frozen layer: its gradients are put aside once.
_lock = RLock()


@registry.layers("freeze.v1")
def freeze(layer: Model[In, Out]) -> Model[In, Out]:
    """``Y = f(X)`` and ``dX`` as ever, with no gradient for any parameter of ``f``.

    Where a node of ``f`` is used outside of it too, what it learns there counts. Backprop with
    ``need_dX=False``, as of a frozen first layer, does not run at all. Takes no place in paths.
    To freeze by path instead, see ``Optimizer(freeze=[...])``.

    Raises:
        StructureError: The layer wraps a module of another framework, which keeps its own
            gradients.
    """
    for node in layer.walk():
        if node.shims:
            raise StructureError(
                f"freeze() cannot keep gradients from what {node.name!r} wraps",
                fix="freeze the module itself, as with requires_grad_(False)",
            )
    return see_through("freeze", layer, _forward, gradient=_input_only)


def _forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    layer = model.layers[0]
    Y, run = layer(X, is_train)

    def backprop(dY: Any, *, need_dX: bool = True) -> Any:
        if not need_dX:
            return NO_DX  # nothing inside learns, and nothing before it asks
        with _gradients_aside(layer):
            return run(dY)

    return Y, backprop


@contextmanager
def _gradients_aside(layer: Model[Any, Any]) -> Generator[None]:
    """Inside the block, gradients gather beside those that are there, and are dropped."""
    with _lock:
        before = {node: node._grads for node in layer.walk()}
        for node in before:
            node._grads = {}
        try:
            yield
        finally:
            for node, gradients in before.items():
                node._grads = gradients


def _input_only(exact: dict[str, Any]) -> dict[str, Any]:
    """The contract: of the exact gradients, the input's alone."""
    return {"X": exact["X"]} if "X" in exact else {}
