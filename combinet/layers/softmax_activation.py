"""softmax_activation: the softmax of every row, with its true gradient."""

from __future__ import annotations

from collections.abc import Callable

from ..model import NO_DX, Model
from ..registry import registry
from ..types import Floats2d
from ._activation import activation
from ._inputs import as_floats, as_gradient


@registry.layers("softmax_activation.v1")
def softmax_activation() -> Model[Floats2d, Floats2d]:
    """``Y = exp(X) / sum(exp(X))`` over the last axis.

    Its backprop takes the gradient with respect to ``Y``, the probabilities, and multiplies
    it by the Jacobian of the softmax; that of ``Softmax`` takes the one of the logits.

    Shapes:
        An array of any shape -> the same shape, rows that sum to 1.

    Raises:
        DTypeError: ``X`` is no array of floats.
    """
    return activation("softmax_activation", _forward)


def _forward(
    model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool
) -> tuple[Floats2d, Callable[[Floats2d], Floats2d]]:
    Y = model.ops.softmax(as_floats(model, X))

    def backprop(dY: Floats2d, *, need_dX: bool = True) -> Floats2d:
        return model.ops.backprop_softmax(Y, as_gradient(model, dY, Y)) if need_dX else NO_DX

    return Y, backprop
