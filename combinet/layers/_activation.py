"""What the layers share that act on each number, or on each row, and have no parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..infer import Spec, fit, same
from ..model import NO_DX, Model
from ..types import Floats2d
from ._inputs import as_floats, as_gradient


def activation(name: str, forward: Callable[..., Any]) -> Model[Floats2d, Floats2d]:
    """A node from an array of floats to one of the same shape."""
    return Model(name, forward, infer=_infer)


def sigmoid_forward(
    model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool
) -> tuple[Floats2d, Callable[[Floats2d], Floats2d]]:
    """``Y = 1 / (1 + exp(-X))``."""
    Y = model.ops.sigmoid(as_floats(model, X))

    def backprop(dY: Floats2d, *, need_dX: bool = True) -> Floats2d:
        return model.ops.backprop_sigmoid(as_gradient(model, dY, Y), Y) if need_dX else NO_DX

    return Y, backprop


def _infer(
    model: Model[Any, Any], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    form = Spec("array", dtype="f")
    return same(model, fit(model, x or Spec(), form), fit(model, y or Spec(), form))
