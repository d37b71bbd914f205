"""Code around the forward, the backprop and the init of a node, in place.

What is put around is a ``partial`` of a module-level function, so that the node still copies
and pickles.
"""

# pyright: reportPrivateUsage=false
# The function of a node is private to its users; these tools take its place.

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, TypeAlias, TypeVar

from ..model import Model

AnyModel = TypeVar("AnyModel", bound=Model[Any, Any])
#: The context to run a phase in, from "forward", "backprop" or "init" and its arguments.
Around: TypeAlias = Callable[..., AbstractContextManager[Any]]


def put_around(layer: AnyModel, around: Around) -> AnyModel:
    """Run each phase inside ``around(phase, *arguments)``; the layer itself is changed."""
    init = None if layer.init is None else partial(_init, layer.init, around)
    layer.replace_callbacks(partial(_forward, layer._func, around), init=init)
    return layer


def _forward(
    inner: Callable[..., Any], around: Around, model: Model[Any, Any], X: Any, is_train: bool
) -> tuple[Any, Callable[[Any], Any]]:
    with around("forward", model, X, is_train):
        Y, run = inner(model, X, is_train)

    def backprop(dY: Any) -> Any:
        with around("backprop", dY):
            return run(dY)

    def backprop_or_skip(dY: Any, *, need_dX: bool = True) -> Any:
        with around("backprop", dY):
            return run(dY, need_dX=need_dX)

    can_skip = "need_dX" in (getattr(run, "__kwdefaults__", None) or ())
    return Y, backprop_or_skip if can_skip else backprop


def _init(
    inner: Callable[..., Any], around: Around, model: Model[Any, Any], X: Any = None, Y: Any = None
) -> Any:
    with around("init", model, X, Y):
        return inner(model, X=X, Y=Y)
