"""with_debug: call functions as a layer is initialized, run and backpropagated through."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any, TypeVar

from ..infer import Infer, Spec
from ..model import Model
from ._around import put_around

AnyModel = TypeVar("AnyModel", bound=Model[Any, Any])


def _do_nothing(*args: Any) -> None:
    """What a hook does that is not given."""


def with_debug(
    layer: AnyModel,
    name: str | None = None,
    *,
    on_init: Callable[[Any, Any, Any], Any] = _do_nothing,
    on_forward: Callable[[Any, Any, bool], Any] = _do_nothing,
    on_backprop: Callable[[Any], Any] = _do_nothing,
) -> AnyModel:
    """Call functions of yours as the layer works, in place; returns the layer itself.

    Args:
        layer: Changed in place.
        name: Taken for the sake of Thinc's signature; hooks see the model, which has its own.
        on_init: Called as ``on_init(model, X, Y)`` when the layer is initialized. The layer then
            waits for the data to reach it; without data X and Y are None.
        on_forward: Called as ``on_forward(model, X, is_train)`` before the layer runs, also
            where initialize() runs it on the sample.
        on_backprop: Called as ``on_backprop(dY)`` before its backprop.

    Example:
        >>> import numpy as np
        >>> from combinet import Linear, with_debug
        >>> model = with_debug(Linear(2), on_forward=lambda model, X, is_train: print(X.shape))
        >>> Y = model.initialize(X=np.ones((4, 3), "float32")).predict(np.ones((1, 3), "float32"))
        (1, 3)
    """
    if on_init is not _do_nothing and layer.infer is not None:
        layer.init, layer.infer = partial(_by_rule, layer.infer), None
    hooks: dict[str, Callable[..., Any]] = {
        "init": on_init,
        "forward": on_forward,
        "backprop": on_backprop,
    }
    return put_around(layer, partial(_call, hooks))


def _call(
    hooks: Mapping[str, Callable[..., Any]], phase: str, *arguments: Any
) -> AbstractContextManager[None]:
    hooks[phase](*arguments)
    return nullcontext()


def _by_rule(rule: Infer, model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    """Find the sizes by the layer's own rule, from the data that reached it."""
    rule(model, Spec.of(X), Spec.of_target(Y))
