"""Spans are read as CoNLL's script reads them, and scored as scikit-learn scores sets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from combinet.errors import DataError, DTypeError, LabelError, ShapeError
from combinet.metrics import SpanBasedF1Measure
from combinet.metrics._spans import spans_of
from combinet.types import Ragged

from .batches import CUTS, assert_same_in_pieces

TAGS = st.sampled_from([f"{x}-{kind}" for x in "BIES" for kind in "XY"] + ["O"])
SENTENCES = st.lists(st.lists(TAGS, max_size=8), max_size=5)


def conll(tags: Sequence[str]) -> set[tuple[str, int, int]]:
    """The rules of conlleval's start_of_chunk and end_of_chunk, word by word."""
    spans, first = set(), 0
    padded = ["O", *tags, "O"]
    for place in range(1, len(padded)):
        before, now = padded[place - 1], padded[place]
        same = before[2:] == now[2:]
        ends = before[0] in "ES" or (before[0] in "BI" and now[0] in "BSO")
        ends = ends or (before != "O" and not same)
        if ends:
            spans.add((before[2:], first, place - 2))
        starts = now[0] in "BS" or (before[0] in "ESO" and now[0] in "EI")
        if starts or (now != "O" and not same):
            first = place - 1
    return spans


@given(tags=st.lists(TAGS, max_size=12))
@settings(max_examples=200, deadline=None)
def test_any_tags_are_read_by_conlls_rules(tags: list[str]) -> None:
    assert {tuple(span) for span in spans_of(tags)} == conll(tags)


@pytest.mark.parametrize(
    "tags",
    [
        "O B-X I-X B-X O B-Y",  # BIO
        "O I-X I-X B-X O I-Y",  # IOB1
        "O B-X L-X U-X O U-Y",  # BILUO
        "O B-X E-X S-X O S-Y",  # BIOES
    ],
)
def test_every_scheme_says_the_same(tags: str) -> None:
    assert list(spans_of(tags.split())) == [("X", 1, 2), ("X", 3, 3), ("Y", 5, 5)]


def test_the_middle_of_bmes_is_inside() -> None:
    assert list(spans_of("B-X M-X M-X E-X S-X".split())) == [("X", 0, 3), ("X", 4, 4)]


def test_tags_without_types_are_spans_too() -> None:
    assert list(spans_of("B I O I".split())) == [("", 0, 1), ("", 3, 3)]


def test_a_type_may_hold_dashes() -> None:
    assert list(spans_of(["B-A-1", "I-A-2"])) == [("A-1", 0, 0), ("A-2", 1, 1)]


@given(pairs=st.lists(st.lists(st.tuples(TAGS, TAGS), max_size=8), max_size=6), cuts=CUTS)
@settings(max_examples=60, deadline=None)
def test_scores_are_those_of_the_sets_of_spans(pairs: list[Any], cuts: list[int]) -> None:
    guesses = [[guess for guess, _ in sentence] for sentence in pairs]
    truths = [[truth for _, truth in sentence] for sentence in pairs]
    value = assert_same_in_pieces(SpanBasedF1Measure, (guesses, truths), cuts)
    assert isinstance(value, dict)
    found = {(i, *span) for i, tags in enumerate(guesses) for span in conll(tags)}
    true = {(i, *span) for i, tags in enumerate(truths) for span in conll(tags)}
    for kind in {span[1] for span in found | true} | {"overall"}:
        f, t = ({s for s in spans if kind in ("overall", s[1])} for spans in (found, true))
        precision, recall = len(f & t) / max(1, len(f)), len(f & t) / max(1, len(t))
        assert value[f"precision-{kind}"] == pytest.approx(precision)
        assert value[f"recall-{kind}"] == pytest.approx(recall)
        harmonic = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        assert value[f"f1-measure-{kind}"] == pytest.approx(harmonic)


NAMES = ["O", "B-X", "I-X"]
TRUTHS = [[1, 2, 0], [1]]
SCORES = [np.eye(3, dtype="float32")[tags] for tags in ([1, 2, 1], [1])]  # one span too many


@pytest.mark.parametrize(
    ("predictions", "truths", "mask"),
    [
        (SCORES, TRUTHS, None),
        (SCORES, [["B-X", "I-X", "O"], ["B-X"]], None),
        ([np.array([1, 2, 1]), np.array([1])], TRUTHS, None),
        ([["B-X", "I-X", "B-X"], ["B-X"]], TRUTHS, None),
        (Ragged(np.concatenate(SCORES), [3, 1]), Ragged(np.array([1, 2, 0, 1]), [3, 1]), None),
        (
            np.stack([SCORES[0], SCORES[0]]),
            np.array([[1, 2, 0], [1, 2, 2]]),
            np.array([[1, 1, 1], [1, 0, 0]]),
        ),
    ],
    ids="scores-numbers scores-texts numbers texts ragged padded".split(),
)
def test_every_form_of_a_batch_counts_the_same(predictions: Any, truths: Any, mask: Any) -> None:
    metric = SpanBasedF1Measure(NAMES)
    metric(predictions, truths, mask)
    assert metric.get_metric() == {
        "precision-X": pytest.approx(2 / 3),
        "recall-X": 1.0,
        "f1-measure-X": pytest.approx(0.8),
        "precision-overall": pytest.approx(2 / 3),
        "recall-overall": 1.0,
        "f1-measure-overall": pytest.approx(0.8),
    }


def test_types_may_be_left_out() -> None:
    metric = SpanBasedF1Measure(ignore_classes=["V"])
    metric([["B-V", "B-X"]], [["B-V", "O"]])
    assert metric.get_metric()["f1-measure-overall"] == 0.0
    assert "f1-measure-V" not in metric.get_metric()


@pytest.mark.parametrize(
    ("predictions", "truths", "error", "message"),
    [
        ([["O"]], [["O"], ["O"]], ShapeError, "1 sequences of predictions and 2"),
        ([["O"]], [["O", "O"]], ShapeError, "1 predicted tags for 2 words"),
        ([["PER"]], [["O"]], DataError, "'PER' is no tag"),
        ([["O-PER"]], [["O"]], DataError, "'O-PER' is no tag"),
        ([[5]], [["O"]], LabelError, "tag 5 is none of the 3"),
        ([[-1]], [["O"]], LabelError, "tag -1 is none of the 3"),
        (["B-X", "O"], ["B-X", "O"], DTypeError, "list of sequences"),
    ],
)
def test_what_does_not_fit_is_refused(
    predictions: Any, truths: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        SpanBasedF1Measure(NAMES)(predictions, truths)


def test_numbers_need_names() -> None:
    with pytest.raises(DTypeError, match=r"names=\["):
        SpanBasedF1Measure()([[1]], [["O"]])
