"""add: the sum of the outputs of several layers."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any, TypeVar

from ..infer import Spec, mirror, solve
from ..model import Model
from ..operators import default_operator
from ..registry import registry
from ._branches import run_branches
from ._pack import add_up
from ._specs import adopt, dims_of

In = TypeVar("In")
Out = TypeVar("Out")


@registry.layers("add.v1")
def add(layer1: Model[In, Out], layer2: Model[In, Out], *layers: Model[In, Out]) -> Model[In, Out]:
    """Give every layer the same input and sum their outputs: ``Y = f(X) + g(X)``, ``f + g``.

    Shapes:
        Outputs of one shape -> that shape: arrays, lists of them, Ragged or Padded.

    Raises:
        ShapeError: The outputs have different shapes.
    """
    every = (layer1, layer2, *layers)
    model = Model[In, Out]("add", _forward, dims=dims_of(every), layers=every, infer=_infer)
    return adopt(model, "nO", "nI")


def _forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    if not model.layers:
        return X, _identity
    Ys, backprop_layers = run_branches(model, X, is_train)

    def backprop(dY: Any, *, need_dX: bool = True) -> Any:
        return backprop_layers([dY] * len(Ys), need_dX)

    return reduce(add_up, Ys), backprop


def _identity(dY: Any) -> Any:
    return dY


def _infer(
    model: Model[Any, Any], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    x, y = mirror(model, "nI", x), mirror(model, "nO", y)
    for layer in (*model.layers, *reversed(model.layers)):
        x, y = solve(layer, x, y)
    return mirror(model, "nI", x), mirror(model, "nO", y)


default_operator("+", add)
