"""TextCatEnsemble: a linear classifier and a neural one, and one over both."""

from __future__ import annotations

from typing import Any

from ..chain import chain
from ..combinators import clone, concatenate, residual, uniqued, with_array, with_ragged
from ..errors import CombinetError
from ..layers import (
    Dropout,
    HashEmbed,
    LayerNorm,
    Linear,
    Maxout,
    ParametricAttention,
    expand_window,
    list2ragged,
    reduce_sum,
)
from ..model import Model
from ..registry import registry
from ..types import Floats2d
from ._same_labels import same_labels
from ._scores import is_exclusive, noted, scores
from .doc import Doc
from .feature_extractor import FeatureExtractor
from .text_cat_bow import TextCatBOW


@registry.architectures("combinet.TextCatEnsemble.v2")
def TextCatEnsemble_v2(
    tok2vec: Model[list[Doc], list[Floats2d]],
    linear_model: Model[list[Doc], Floats2d],
    nO: int | None = None,
) -> Model[list[Doc], Floats2d]:
    """Scores of a linear model beside attention over the words' vectors, classified again.

    Args:
        tok2vec: Such as ``combinet.Tok2Vec.v1``; it is the reference "tok2vec".
        linear_model: Such as ``combinet.TextCatBOW.v1``, which says whether labels exclude
            each other; it is the reference "linear_model".
        nO: Number of labels; read from ``Y`` at initialize() when omitted.

    Shapes:
        A list of documents -> (documents, nO).
    """
    hidden: Model[Any, Any] = chain(Maxout(), LayerNorm(), Dropout())
    pooled: Model[Any, Any] = chain(
        tok2vec, list2ragged(), ParametricAttention(), reduce_sum(), residual(hidden)
    )
    return _over_both(linear_model, pooled, [linear_model], nO, tok2vec=tok2vec)


@registry.architectures("combinet.TextCatEnsemble.v1")
def TextCatEnsemble(
    width: int,
    embed_size: int,
    pretrained_vectors: bool | None,
    exclusive_classes: bool,
    ngram_size: int,
    window_size: int,
    conv_depth: int,
    dropout: float | None,
    nO: int | None = None,
) -> Model[list[Doc], Floats2d]:
    """A bag of words beside windows and attention over hash embeddings, classified again.

    Args:
        width: Of the vectors.
        embed_size: Rows of the table of LOWER; PREFIX, SUFFIX and SHAPE have half as many.
        pretrained_vectors: Only None or False; see ``combinet.TextCatEnsemble.v2``.
        exclusive_classes: One label is right; else each has a probability of its own.
        ngram_size: The longest run of words in the bag.
        window_size: Words that a window has on each side.
        conv_depth: How many layers of windows there are.
        dropout: Rate behind the hash embeddings.
        nO: Number of labels; read from ``Y`` at initialize() when omitted.

    Shapes:
        A list of documents -> (documents, nO).
    """
    if pretrained_vectors:
        raise CombinetError(
            "TextCatEnsemble.v1 takes no vectors that were trained before",
            fix="combinet.TextCatEnsemble.v2 with a MultiHashEmbed that includes them",
        )
    tok2vec = _tok2vec(width, embed_size, window_size, conv_depth, dropout)
    linear = TextCatBOW(exclusive_classes, ngram_size, False, nO=nO)
    pooled: Model[Any, Any] = chain(tok2vec, list2ragged(), ParametricAttention(width))
    hidden: Model[Any, Any] = residual(Maxout(width, width))
    neural: Model[Any, Any] = chain(pooled, reduce_sum(), hidden, Linear(nO, width), Dropout())
    return _over_both(linear, neural, [linear, neural], nO, tok2vec=tok2vec)


def _tok2vec(
    width: int, embed_size: int, window_size: int, depth: int, dropout: float | None
) -> Model[list[Doc], list[Floats2d]]:
    names = ["LOWER", "PREFIX", "SUFFIX", "SHAPE"]
    sizes = [embed_size, *[max(1, embed_size // 2)] * 3]
    embeds = [HashEmbed(width, n, column=i, dropout=dropout) for i, n in enumerate(sizes)]
    word: Model[Any, Any] = chain(concatenate(*embeds), Maxout(width, normalize=True))
    nI = width * (2 * window_size + 1)
    over_rows: Model[Any, Any] = with_array(Maxout(width, nI, normalize=True), of="ragged")
    window = residual(chain(expand_window(window_size, of="ragged"), over_rows))
    mixed: Model[Any, Any] = with_array(Maxout(width, width, normalize=True))
    embedded: Model[Any, Any] = chain(
        FeatureExtractor([*names, "ORTH"]), with_array(uniqued(word, column=len(names)))
    )
    return chain(embedded, mixed, with_ragged(clone(window, depth)))


def _over_both(
    linear: Model[list[Doc], Floats2d],
    neural: Model[list[Doc], Floats2d],
    with_labels: list[Model[Any, Any]],
    nO: int | None,
    **refs: Model[Any, Any],
) -> Model[list[Doc], Floats2d]:
    """Both side by side, then scores; those ``with_labels`` give one number for each label."""
    exclusive = is_exclusive(linear)
    output = scores(exclusive, nO)
    whole: Model[list[Doc], Floats2d] = chain(concatenate(linear, neural), output)
    model = same_labels(whole, with_labels)
    return noted(model, exclusive, linear_model=linear, output_layer=output, **refs)
