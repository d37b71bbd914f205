"""from_function and elementwise: a layer without parameters, made of two plain functions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from ..infer import Infer, same
from ..model import Model
from ..registry import registry
from ..types import Floats2d
from ._inputs import as_floats, as_gradient

In = TypeVar("In")
Out = TypeVar("Out")


@registry.layers("from_function.v1")
def from_function(
    forward: Callable[[In], Out],
    backprop: Callable[[Out, In, Out], In],
    *,
    name: str = "",
    infer: Infer | None = None,
) -> Model[In, Out]:
    """``Y = forward(X)`` and ``dX = backprop(dY, X, Y)``.

    Args:
        forward: Must not write into its argument, nor may ``backprop``.
        backprop: From the gradient of the output to that of the input.
        name: For errors and pictures; that of ``forward`` if omitted.
        infer: Rule of sizes, see ``combinet.infer``; without one, sizes are not passed on
            through the layer unless data is.

    Example:
        >>> import numpy as np
        >>> from combinet.layers import from_function
        >>> flip = from_function(lambda X: X[::-1], lambda dY, X, Y: dY[::-1], name="flip")
        >>> flip.predict(np.array([[1.0], [2.0]])).tolist()
        [[2.0], [1.0]]
    """
    run = partial(_forward, forward=forward, backward=backprop)
    return Model(name or _name_of(forward), run, infer=infer)


@registry.layers("elementwise.v1")
def elementwise(
    function: Callable[[Any], Any],
    slope: Callable[[Any], Any],
    *,
    name: str = "",
) -> Model[Floats2d, Floats2d]:
    """``Y = function(X)`` and ``dX = dY slope(X)``, number by number.

    Args:
        function: Of an array, which it must not write into; returns one of the same shape.
        slope: The derivative of ``function`` at each number.
        name: For errors and pictures; that of ``function`` if omitted.

    Shapes:
        (n, nI) -> (n, nI); any other shape works at run time.

    Raises:
        DTypeError: ``X`` is no array of floats.

    Example:
        >>> import numpy as np
        >>> from combinet import Linear
        >>> from combinet.layers import elementwise
        >>> network = Linear(4, 3) >> elementwise(np.sin, np.cos) >> Linear(2)
    """
    run = partial(_forward_elementwise, function=function, slope=slope)
    return Model(name or _name_of(function), run, infer=same)


def _forward(
    model: Model[In, Out],
    X: In,
    is_train: bool,
    *,
    forward: Callable[[In], Out],
    backward: Callable[[Out, In, Out], In],
) -> tuple[Out, Callable[[Out], In]]:
    Y = forward(X)

    def backprop(dY: Out) -> In:
        return backward(dY, X, Y)

    return Y, backprop


def _forward_elementwise(
    model: Model[Any, Any],
    X: Floats2d,
    is_train: bool,
    *,
    function: Callable[[Any], Any],
    slope: Callable[[Any], Any],
) -> tuple[Floats2d, Callable[[Floats2d], Floats2d]]:
    floats: Floats2d = as_floats(model, X)
    Y = function(floats)

    def backprop(dY: Floats2d) -> Floats2d:
        dX: Floats2d = as_gradient(model, dY, Y) * slope(floats)
        return dX

    return Y, backprop


def _name_of(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", "function")
