"""sigmoid_activation: the sigmoid of every number."""

from __future__ import annotations

from ..model import Model
from ..registry import registry
from ..types import Floats2d
from ._activation import activation, sigmoid_forward


@registry.layers("sigmoid_activation.v1")
def sigmoid_activation() -> Model[Floats2d, Floats2d]:
    """``Y = 1 / (1 + exp(-X))``; ``Sigmoid`` is the same behind a dense layer.

    Shapes:
        An array of any shape -> the same shape, between 0 and 1.

    Raises:
        DTypeError: ``X`` is no array of floats.
    """
    return activation("sigmoid_activation", sigmoid_forward)
