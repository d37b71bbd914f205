"""scale_gradient and reverse_gradient: what a layer passes back, times a number."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from ..model import NO_DX, Model, without_dX
from ..ops import get_ops
from ..registry import registry
from ._see_through import on_arrays, see_through

In = TypeVar("In")
Out = TypeVar("Out")


@registry.layers("scale_gradient.v1")
def scale_gradient(layer: Model[In, Out], factor: float) -> Model[In, Out]:
    """``Y = f(X)``, and the gradient of ``X`` times ``factor``.

    Parameters of ``f`` get their exact gradient; what stands before it learns ``factor`` times
    as much from it. Takes no place in paths.

    Args:
        factor: 0.0 lets nothing through. Lives in ``attrs["factor"]``.
    """
    return _scaled("scale_gradient", layer, factor)


@registry.layers("reverse_gradient.v1")
def reverse_gradient(layer: Model[In, Out], factor: float = 1.0) -> Model[In, Out]:
    """``Y = f(X)``, and the gradient of ``X`` times ``-factor``.

    Around a classifier of what should not matter, a domain for example: it learns to tell, and
    the features before it learn not to. Takes no place in paths.

    Args:
        factor: The weight of that goal.

    Source:
        Ganin and Lempitsky, Unsupervised Domain Adaptation by Backpropagation, 2015.
    """
    return _scaled("reverse_gradient", layer, -factor)


def _scaled(name: str, layer: Model[In, Out], factor: float) -> Model[In, Out]:
    contract = partial(_contract, factor=factor)
    return see_through(name, layer, _forward, attrs={"factor": factor}, gradient=contract)


def _forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    Y, run = model.layers[0](X, is_train)
    factor = model.attrs["factor"]

    def backprop(dY: Any, *, need_dX: bool = True) -> Any:
        if not need_dX:
            without_dX(run)(dY)
            return NO_DX
        return on_arrays(model.ops, lambda rows: rows * factor, run(dY))

    return Y, backprop


def _contract(exact: dict[str, Any], factor: float) -> dict[str, Any]:
    """What backprop makes of the exact gradients."""
    dX = on_arrays(get_ops("cpu"), lambda rows: rows * factor, exact.get("X"))
    return {**exact, "X": dX}
