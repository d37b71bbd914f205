"""TextCatParametricAttention: a classifier of texts that learns which words to look at."""

from __future__ import annotations

from typing import Any

from ..chain import chain
from ..combinators import residual
from ..layers import (
    Dropout,
    Gelu,
    LayerNorm,
    Maxout,
    ParametricAttention_v2,
    list2ragged,
    reduce_sum,
)
from ..model import Model
from ..registry import registry
from ..types import Floats2d
from ._scores import classifier
from .doc import Doc


@registry.architectures("combinet.TextCatParametricAttention.v1")
def TextCatParametricAttention(
    tok2vec: Model[list[Doc], list[Floats2d]], exclusive_classes: bool, nO: int | None = None
) -> Model[list[Doc], Floats2d]:
    """A weighted mean of the words' vectors, a residual maxout layer, a linear classifier.

    The weights come from a trained query and from keys that a Gelu layer makes of the vectors.

    Args:
        tok2vec: Such as ``combinet.Tok2Vec.v1``; it is the reference "tok2vec".
        exclusive_classes: One label is right; else each has a probability of its own.
        nO: Number of labels; read from ``Y`` at initialize() when omitted.

    Shapes:
        A list of documents -> (documents, nO).

    Source:
        Yang et al., Hierarchical Attention Networks for Document Classification, 2016.
    """
    attention = ParametricAttention_v2(key_transform=Gelu())
    hidden: Model[Any, Any] = chain(Maxout(), LayerNorm(), Dropout())
    pooled: list[Model[Any, Any]] = [list2ragged(), attention, reduce_sum()]
    parts = [tok2vec, *pooled, residual(hidden)]
    return classifier(parts, exclusive_classes, nO, tok2vec=tok2vec, attention_layer=attention)
