"""Relations between spans: candidates, a vector for each, and the probabilities of its labels."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from ..chain import chain
from ..errors import CombinetError, DataError
from ..infer import Spec, fit, meet, solve
from ..layers import Linear, Logistic, Maxout
from ..model import Model
from ..registry import registry
from ..types import Floats2d, Ragged
from ._setting import Setting
from .doc import Doc
from .extract_spans import rows_of_spans

#: From a document to pairs of its spans, anything that has ``start`` and ``end``.
Candidates: TypeAlias = Callable[[Any], list[tuple[Any, Any]]]


@registry.misc("combinet.rel_cand_generator.v1")
def rel_cand_generator() -> Candidates:
    """Every pair of entities of a document, those of one with itself among them."""
    return partial(_every_pair)


@registry.misc("combinet.rel_cand_generator.v2")
def rel_cand_generator_v2(max_length: int) -> Candidates:
    """Every pair of different entities that begin at most ``max_length`` words apart.

    Raises:
        CombinetError: ``max_length`` is below 1.
    """
    if max_length < 1:
        raise CombinetError(f"different entities are 1 word apart or more, got {max_length}")
    return partial(_near_pairs, max_length=max_length)


def _every_pair(doc: Any) -> list[tuple[Any, Any]]:
    ents = entities(doc)
    return [(one, other) for one in ents for other in ents]


def _near_pairs(doc: Any, *, max_length: int) -> list[tuple[Any, Any]]:
    ents = sorted(entities(doc), key=lambda ent: (ent.start, ent.end))
    starts: list[int] = [ent.start for ent in ents]
    firsts = [bisect_left(starts, start - max_length) for start in starts]
    lasts = [bisect_right(starts, start + max_length) for start in starts]
    return [
        (one, other)
        for i, one in enumerate(ents)
        for other in ents[firsts[i] : lasts[i]]
        if other is not one
    ]


def entities(doc: Any) -> list[Any]:
    """The entities of a document.

    Raises:
        DataError: It has none to ask for.
    """
    if not hasattr(doc, "ents"):
        raise DataError(
            f"candidates are pairs of entities, and a {type(doc).__name__} has no ents",
            fix="pass combinet.text.Document(words, ents), or spaCy's documents",
        )
    return list(doc.ents)


@registry.architectures("combinet.rel_model.v1")
def rel_model(
    create_instance_tensor: Model[list[Doc], Floats2d],
    classification_layer: Model[Floats2d, Floats2d],
) -> Model[list[Doc], Floats2d]:
    """The probabilities of labels for each candidate, all documents' one after another.

    Args:
        create_instance_tensor: Documents to a vector for each candidate.
        classification_layer: That to probabilities.

    Shapes:
        A list of documents -> (candidates, nO).
    """
    model = chain(create_instance_tensor, classification_layer)
    model.attrs["get_instances"] = create_instance_tensor.attrs["get_instances"]
    return model


@registry.architectures("combinet.rel_instance_tensor.v1")
def rel_instance_tensor(
    tok2vec: Model[list[Doc], list[Floats2d]],
    pooling: Model[Ragged, Floats2d],
    get_instances: Candidates,
) -> Model[list[Doc], Floats2d]:
    """The pooled vectors of both spans of each candidate, side by side.

    A span that is in several candidates is pooled once.

    Args:
        tok2vec: Such as ``combinet.Tok2Vec.v1``; it is the reference "tok2vec".
        pooling: A span's vectors to one, as ``reduce_mean.v1``; it is the reference "pooling".
        get_instances: Such as ``combinet.rel_cand_generator.v1``; lives in
            ``attrs["get_instances"]``.

    Shapes:
        A list of documents -> (candidates, 2 * width).

    Raises:
        DataError: A document has no entities to ask for.
        RangeError: A span is empty, or reaches out of its document.
    """
    return Model(
        "instance_tensor",
        _forward,
        layers=[tok2vec, pooling],
        refs={"tok2vec": tok2vec, "pooling": pooling},
        dims={"nO": None},
        attrs={"get_instances": Setting(get_instances)},
        infer=_infer,
    )


def _forward(
    model: Model[list[Doc], Floats2d], docs: list[Doc], is_train: bool
) -> tuple[Floats2d, Callable[[Floats2d], list[Doc]]]:
    tok2vec, pooling = model.layers
    ops = model.ops
    spans, pairs = _spans_and_pairs(docs, model.attrs["get_instances"])
    vectors, backprop_words = tok2vec(docs, is_train)
    lengths = [len(each) for each in vectors]
    words: Any = ops.flatten(vectors) if vectors else ops.alloc2f(0, 0)
    index, widths = rows_of_spans(np.array(lengths, dtype="int64"), spans)
    index, pairs = ops.asarray1i(index), ops.asarray(pairs)
    mentions = Ragged(words[index], ops.asarray1i(widths))
    pooled, backprop_pooling = pooling(mentions, is_train)
    Y: Any = pooled[pairs].reshape((len(pairs), 2 * pooled.shape[1]))

    def backprop(dY: Floats2d) -> list[Doc]:
        d_pooled: Any = ops.alloc(pooled.shape, dtype=pooled.dtype)
        both = dY.reshape((2 * len(pairs), pooled.shape[1]))
        ops.scatter_add(d_pooled, pairs.reshape((-1,)), both)
        d_words: Any = ops.alloc(words.shape, dtype=words.dtype)
        ops.scatter_add(d_words, index, backprop_pooling(d_pooled).data)
        found: list[Doc] = backprop_words(ops.unflatten(d_words, lengths))
        return found

    return Y, backprop


def _spans_and_pairs(docs: list[Doc], get_instances: Candidates) -> tuple[Ragged, Any]:
    """Each span once, and the numbers of both spans of each candidate."""
    spans: list[tuple[int, int]] = []
    counts: list[int] = []
    pairs: list[tuple[int, int]] = []
    for doc in docs:
        first, numbers = len(spans), dict[tuple[int, int], int]()
        for both in get_instances(doc):
            one, other = ((span.start, span.end) for span in both)
            place = numbers.setdefault(one, first + len(numbers))
            pairs.append((place, numbers.setdefault(other, first + len(numbers))))
        spans += numbers
        counts.append(len(numbers))
    ends: Any = np.array(spans, dtype="int64").reshape((-1, 2))
    numbered: Any = np.array(pairs, dtype="int64").reshape((-1, 2))
    return Ragged(ends, np.array(counts, dtype="int32")), numbered


def _infer(model: Model[Any, Any], x: Spec | None, y: Spec | None) -> tuple[Spec | None, Spec]:
    tok2vec, pooling = model.layers
    x, words = solve(tok2vec, x, None)
    width = None if words is None else words.width
    _, pooled = solve(pooling, Spec("Ragged", 2, width, dtype="f"), None)
    if pooled is not None and pooled.width is not None:
        meet(model, "nO", Spec(width=2 * pooled.width, origin=(pooling, "nO")))
    found = fit(model, y or Spec(), Spec("array", 2, dtype="f"))
    return x, meet(model, "nO", found) or found


@registry.architectures("combinet.rel_classification_layer.v1")
def rel_classification_layer(
    nO: int | None = None, nI: int | None = None
) -> Model[Floats2d, Floats2d]:
    """A probability for each label by itself: logistic regression.

    Args:
        nO: Number of labels; read from ``Y`` at initialize() when omitted.
        nI: Width of the input.
    """
    return chain(Linear(nO, nI), Logistic())


@registry.architectures("combinet.rel_hidden_layer.v1")
def rel_hidden_layer(
    width: int, dropout: float = 0.0, nO: int | None = None
) -> Model[Floats2d, Floats2d]:
    """The same behind a maxout layer with LayerNorm, which sees both spans of a pair together.

    Args:
        width: Of the hidden layer.
        dropout: Rate behind it.
        nO: Number of labels; read from ``Y`` at initialize() when omitted.
    """
    hidden = Maxout(width, normalize=True, dropout=dropout)
    return chain(hidden, Linear(nO), Logistic())


def keys_of(model: Model[Any, Any], docs: list[Any]) -> list[list[tuple[int, ...]]]:
    """The candidates of each document as numbers: start and end of the one, and of the other."""
    get_instances: Candidates = model.attrs["get_instances"]
    return [[(a.start, a.end, b.start, b.end) for a, b in get_instances(doc)] for doc in docs]
