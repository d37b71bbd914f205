"""BLEU is sacrebleu's without smoothing, and that of a second, slow implementation."""

from __future__ import annotations

from math import exp, prod
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from combinet.errors import ConfigError, DTypeError, ShapeError
from combinet.metrics import BLEU

from .batches import CUTS, assert_same_in_pieces

WORDS = st.sampled_from("a b c".split())
SENTENCE = st.lists(WORDS, min_size=1, max_size=12)
CORPUS = st.lists(
    st.tuples(SENTENCE, st.lists(SENTENCE, min_size=2, max_size=2)), min_size=1, max_size=5
)


def by_hand(predictions: list[Any], references: list[Any], orders: int = 4) -> float:
    precisions = []
    for n in range(1, orders + 1):
        matches = total = 0
        for sentence, known in zip(predictions, references, strict=True):
            runs = [tuple(sentence[i : i + n]) for i in range(len(sentence) - n + 1)]
            total += len(runs)
            for run in set(runs):
                most = max(sum(tuple(r[i : i + n]) == run for i in range(len(r))) for r in known)
                matches += min(runs.count(run), most)
        precisions.append(matches / total if total else 0.0)
    c = sum(map(len, predictions))
    r = sum(
        min((abs(len(k) - len(s)), len(k)) for k in known)[1]
        for s, known in zip(predictions, references, strict=True)
    )
    return prod(precisions) ** (1 / orders) * min(1.0, exp(1 - r / c))


@given(corpus=CORPUS, cuts=CUTS)
@settings(max_examples=60, deadline=None)
def test_it_is_what_counting_by_hand_gives(corpus: Any, cuts: list[int]) -> None:
    predictions = [sentence for sentence, _ in corpus]
    references = [known for _, known in corpus]
    value = assert_same_in_pieces(BLEU, (predictions, references), cuts)
    assert value == pytest.approx(by_hand(predictions, references))


@given(corpus=CORPUS)
@settings(max_examples=40, deadline=None)
def test_it_is_sacrebleus(corpus: Any) -> None:
    sacrebleu = pytest.importorskip("sacrebleu")
    metric = BLEU()
    predictions = [sentence for sentence, _ in corpus]
    references = [known for _, known in corpus]
    metric(predictions, references)
    theirs = sacrebleu.corpus_bleu(
        [" ".join(p) for p in predictions],
        [[" ".join(known[i]) for known in references] for i in range(2)],
        smooth_method="none",
        tokenize="none",
        force=True,
    )
    assert 100 * metric.get_metric() == pytest.approx(theirs.score)


def test_one_reference_needs_no_list_and_tokens_may_be_numbers() -> None:
    metric = BLEU()
    metric(np.array([[1, 2, 3, 4, 5]]), np.array([[1, 2, 3, 4, 6]]))
    expected = by_hand([[1, 2, 3, 4, 5]], [[[1, 2, 3, 4, 6]]])
    assert 0 < metric.get_metric() == pytest.approx(expected)
    other = BLEU()
    other([[1, 2, 3, 4, 5]], [[np.array([1, 2, 3, 4, 6])]])
    assert other.get_metric() == metric.get_metric()


def test_padding_may_be_left_out() -> None:
    padded, plain = BLEU(exclude_indices=[0]), BLEU()
    padded(np.array([[1, 2, 3, 4, 0, 0]]), np.array([[1, 2, 3, 4, 5, 0]]))
    plain([[1, 2, 3, 4]], [[1, 2, 3, 4, 5]])
    assert padded.get_metric() == plain.get_metric() > 0


def test_weights_say_how_long_runs_are() -> None:
    metric = BLEU(ngram_weights=(0.5, 0.5))
    metric([["a", "b", "c"]], [["a", "b", "d"]])
    assert metric.get_metric() == pytest.approx(by_hand([["a", "b", "c"]], [[["a", "b", "d"]]], 2))
    metric = BLEU(ngram_weights=(1.0, 0.0))
    metric([["b", "a"]], [["a", "b"]])
    assert metric.get_metric() == 1.0


def test_of_two_references_equally_close_the_shorter_sets_the_length() -> None:
    metric = BLEU()
    metric([list("abcde")], [[list("abcdef"), list("abcd")]])
    assert metric.get_metric() == 1.0


@pytest.mark.parametrize("batch", [([], []), ([[]], [["a"]]), ([["a"]], [[]])])
def test_nothing_in_common_is_zero(batch: Any) -> None:
    metric = BLEU()
    assert metric.get_metric() == 0.0
    metric(*batch)
    assert metric.get_metric() == 0.0


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ShapeError, match="1 predictions and 2 truths"):
        BLEU()([["a"]], [["a"], ["b"]])
    for batch in ((["a b"], [["a", "b"]]), ([["a", "b"]], ["a b"]), ([["a"]], [[["a"], "a"]])):
        with pytest.raises(DTypeError, match="split it into tokens"):
            BLEU()(*batch)
    with pytest.raises(ConfigError, match="ngram_weights"):
        BLEU(ngram_weights=())
