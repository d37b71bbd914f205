"""TextCatLowData: a classifier of texts that trains few weights, over vectors trained before."""

from __future__ import annotations

from typing import Any

from ..chain import chain
from ..combinators import clone, residual
from ..layers import Dropout, Linear, Logistic, ParametricAttention, Relu, reduce_sum
from ..model import Model
from ..registry import registry
from ..types import Floats2d
from ._scores import noted
from .doc import Doc
from .static_vectors import StaticVectors


@registry.architectures("combinet.TextCatLowData.v1")
def TextCatLowData(
    width: int, dropout: float | None, nO: int | None = None, vectors: Any = None
) -> Model[list[Doc], Floats2d]:
    """Attention over projected vectors, two residual layers, a probability for each label.

    Args:
        width: Of the projected vectors.
        dropout: Rate in front of the probabilities.
        nO: Number of labels; read from ``Y`` at initialize() when omitted.
        vectors: The vectors, see ``StaticVectors``; ``set_vectors`` gives them when omitted.

    Shapes:
        A list of documents -> (documents, nO).
    """
    output = Linear(nO, width)
    pooled: Model[Any, Any] = chain(
        StaticVectors(width, vectors=vectors), ParametricAttention(width), reduce_sum()
    )
    hidden: Model[Any, Any] = clone(residual(Relu(width, width)), 2)
    scores: Model[Any, Any] = chain(output, Dropout(dropout or 0.0), Logistic())
    return noted(chain(pooled, hidden, scores), False, output_layer=output)
