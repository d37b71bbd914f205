"""Heads: from a vector to the probabilities of the labels."""

from __future__ import annotations

from ..chain import chain
from ..layers import Dropout, Relu, Softmax
from ..model import Model
from ..registry import registry
from ..types import Floats2d


@registry.architectures("combinet.SoftmaxHead.v1")
def SoftmaxHead(dropout: float = 0.0) -> Model[Floats2d, Floats2d]:
    """Multinomial logistic regression.

    Args:
        dropout: Rate in front of it.
    """
    return chain(Dropout(dropout), Softmax())


@registry.architectures("combinet.HiddenHead.v1")
def HiddenHead(width: int, dropout: float = 0.0) -> Model[Floats2d, Floats2d]:
    """A layer of rectified linear units, then multinomial logistic regression.

    Args:
        width: Of the hidden layer.
        dropout: Rate behind it.
    """
    return chain(Relu(width, dropout=dropout), Softmax())
