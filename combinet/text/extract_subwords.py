"""extract_subwords: runs of words, and runs of characters inside words, as 64-bit keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import CombinetError
from ..infer import Spec, fit
from ..model import Model
from ..ops import Ops
from ..registry import registry
from ..types import Ragged
from .character_ngrams import runs_of_characters
from .doc import Doc
from .extract_ngrams import runs_of_words
from .feature_extractor import joined_words, no_gradient
from .lexicon import attributes


@registry.architectures("combinet.extract_subwords.v1")
def extract_subwords(
    ngram_size: int = 2, sizes: Sequence[int] = (3, 4, 5)
) -> Model[list[Doc], Ragged]:
    """Every run of up to ``ngram_size`` words, then every run of n characters of each word.

    Words are taken in lower case; their characters between a mark for the start and one for
    the end. A key is a 64-bit hash, ``ops.ngrams``, so there is no table of runs. There is no
    gradient for words: backprop returns an empty list.

    Args:
        ngram_size: The longest run of words, 1 or more. Lives in ``attrs["ngram_size"]``.
        sizes: The lengths of the runs of characters, 1 or more; none with an empty list.
            Lives in ``attrs["sizes"]``.

    Shapes:
        A list of documents -> Ragged of keys (runs of all documents, 1), uint64.

    Source:
        Joulin et al., Bag of Tricks for Efficient Text Classification, 2016; Bojanowski et al.,
        Enriching Word Vectors with Subword Information, 2016.
    """
    if ngram_size < 1:
        raise CombinetError(f"a run has one word or more, got ngram_size={ngram_size}")
    if any(n < 1 for n in sizes):
        raise CombinetError(f"a run has one character or more, got sizes={list(sizes)}")
    attrs = {"ngram_size": ngram_size, "sizes": tuple(sizes)}
    return Model("extract_subwords", _forward, attrs=attrs, infer=_infer, gradient="none")


def _forward(
    model: Model[list[Doc], Ragged], docs: Sequence[Doc], is_train: bool
) -> tuple[Ragged, Callable[[Ragged], list[Doc]]]:
    ops, (joined, lengths) = model.ops, joined_words(model, docs)
    owners: Any = np.repeat(np.arange(len(lengths)), lengths)
    unigrams: Any = attributes(joined, ["LOWER"])[:, 0]
    keys, owners_of_keys = runs_of_words(ops, unigrams, owners, model.attrs["ngram_size"])
    inside, sizes = _subwords(ops, joined, model.attrs["sizes"])
    keys = np.concatenate([keys, inside])
    owners_of_keys = np.concatenate([owners_of_keys, np.repeat(owners, sizes)])
    order: Any = np.argsort(owners_of_keys, kind="stable")
    counts: Any = np.bincount(owners_of_keys, minlength=len(lengths))
    rows = ops.asarray2i(keys[order][:, None], dtype="uint64")
    return Ragged(rows, ops.asarray1i(counts)), no_gradient


def _subwords(ops: Ops, words: Sequence[str], sizes: tuple[int, ...]) -> tuple[Any, Any]:
    """The keys of each word's runs of characters, word after word, and how many each has."""
    if not sizes:
        return np.empty(0, "uint64"), np.zeros(len(words), "int64")
    places: dict[str, int] = {}
    which: Any = np.array([places.setdefault(w, len(places)) for w in words], dtype="int64")
    found: Any = runs_of_characters(ops, [word.lower() for word in places], sizes)
    keys, counts = found
    starts: Any = np.cumsum(counts) - counts
    lengths: Any = counts[which]
    # Where each word's run of keys begins, then 0, 1, 2, ... within it.
    shift: Any = np.repeat(starts[which] - (np.cumsum(lengths) - lengths), lengths)
    return keys[shift + np.arange(len(shift))], lengths


def _infer(
    model: Model[Any, Any], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    return fit(model, x or Spec(), Spec("list")), Spec("Ragged", 2, 1, dtype="i")
