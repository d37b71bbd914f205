"""SpanCategorizer: the probabilities of labels for spans that are suggested to it."""

from __future__ import annotations

from typing import Any

from ..chain import chain
from ..combinators import concatenate, with_getitem
from ..initializers import glorot_uniform_init
from ..layers import (
    Linear,
    Logistic,
    Maxout,
    list2ragged,
    reduce_first,
    reduce_last,
    reduce_max,
    reduce_mean,
)
from ..model import Model
from ..registry import registry
from ..types import Floats2d, Ragged
from .doc import Doc
from .extract_spans import extract_spans


@registry.architectures("combinet.SpanCategorizer.v1")
def SpanCategorizer(
    tok2vec: Model[list[Doc], list[Floats2d]],
    reducer: Model[Ragged, Floats2d],
    scorer: Model[Floats2d, Floats2d],
) -> Model[tuple[list[Doc], Ragged], Floats2d]:
    """Pool the vectors of the words in each span, and score every label for it.

    Spans may overlap, and have several labels or none.

    Args:
        tok2vec: Such as ``combinet.Tok2Vec.v1``; it is the reference "tok2vec".
        reducer: A span's vectors to one, as ``combinet.mean_max_reducer.v1``; reference "reducer".
        scorer: That to probabilities, as ``combinet.LinearLogistic.v1``; reference "scorer".

    Shapes:
        A list of documents, and a Ragged of as many with (start, end) of their spans ->
        (spans, nO).
    """
    rows: Model[Any, Any] = with_getitem(0, chain(tok2vec, list2ragged()))
    model: Model[Any, Any] = chain(rows, extract_spans(), reducer, scorer)
    model.set_ref("tok2vec", tok2vec)
    model.set_ref("reducer", reducer)
    model.set_ref("scorer", scorer)
    return model


@registry.layers("combinet.mean_max_reducer.v1")
def mean_max_reducer(hidden_size: int) -> Model[Ragged, Floats2d]:
    """Last, first, mean and largest of each sequence, mixed by a maxout layer with LayerNorm.

    Args:
        hidden_size: Width of the result.

    Shapes:
        A Ragged of sequences of one row or more -> (sequences, hidden_size).
    """
    pools = concatenate(reduce_last(), reduce_first(), reduce_mean(), reduce_max())
    return chain(pools, Maxout(hidden_size, normalize=True, dropout=0.0))


@registry.layers("combinet.LinearLogistic.v1")
def LinearLogistic(nO: int | None = None, nI: int | None = None) -> Model[Floats2d, Floats2d]:
    """A probability for each label by itself.

    Args:
        nO: Number of labels; read from ``Y`` at initialize() when omitted.
        nI: Width of the input.
    """
    return chain(Linear(nO, nI, init_W=glorot_uniform_init), Logistic())
