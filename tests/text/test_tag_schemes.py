"""BIO and BILUO: conversions, spans, and what is illegal."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from combinet.errors import DataError
from combinet.text import (
    biluo_to_bio,
    bio_to_biluo,
    check_tags,
    legal_transitions,
    spans_of_tags,
    tags_of_spans,
)
from combinet.text.tag_schemes import Scheme, tags_of_kinds

BIO = ["B-A", "I-A", "I-A", "O", "B-B", "B-A"]
BILUO = ["B-A", "I-A", "L-A", "O", "U-B", "U-A"]
SPANS = [(0, 3, "A"), (4, 5, "B"), (5, 6, "A")]


def test_the_two_schemes_are_two_spellings_of_the_same_spans() -> None:
    assert bio_to_biluo(BIO) == BILUO
    assert biluo_to_bio(BILUO) == BIO
    assert list(map(tuple, spans_of_tags(BIO, "BIO"))) == SPANS
    assert spans_of_tags(BIO, "BIO") == spans_of_tags(BILUO, "BILUO")


def test_nothing_has_no_spans() -> None:
    assert bio_to_biluo([]) == biluo_to_bio([]) == []
    assert spans_of_tags([], "BIO") == []


@st.composite
def spans(draw: st.DrawFn) -> tuple[list[tuple[int, int, str]], int]:
    length = draw(st.integers(0, 12))
    cuts = sorted(draw(st.sets(st.integers(0, length))))
    pieces = [pair for pair in itertools.pairwise(cuts) if draw(st.booleans())]
    return [(*pair, draw(st.sampled_from(["A", "B", "-", "I-X"]))) for pair in pieces], length


@given(spans(), st.sampled_from(["BIO", "BILUO"]))
def test_spans_come_back_from_their_tags(
    case: tuple[list[tuple[int, int, str]], int], scheme: Scheme
) -> None:
    given_spans, length = case
    assert spans_of_tags(tags_of_spans(given_spans, length, scheme), scheme) == given_spans


@pytest.mark.parametrize("scheme", ["BIO", "BILUO"])
def test_transitions_are_legal_where_every_check_of_whole_documents_says_so(scheme: Scheme) -> None:
    tags = tags_of_kinds(["A", "B"], scheme)
    legal = legal_transitions(tags, scheme)
    for document in itertools.product(range(len(tags)), repeat=3):
        path = [-1, *document, -1]
        by_matrix = all(legal[a, b] for a, b in itertools.pairwise(path))
        try:
            check_tags([tags[i] for i in document], scheme)
        except DataError:
            assert not by_matrix, document
        else:
            assert by_matrix, document


def test_three_words_have_as_many_legal_biluo_tags_as_there_are_sets_of_spans() -> None:
    tags = tags_of_kinds(["A", "B"], "BILUO")
    legal = legal_transitions(tags, "BILUO").astype(int)
    paths = legal[-1, :-1] @ np.linalg.matrix_power(legal[:-1, :-1], 2) @ legal[:-1, -1]
    # A word is outside, or in one of the spans that a composition of 3 has: by hand 27 + 2*6 + 2.
    assert paths == 27 + 12 + 2


@pytest.mark.parametrize(
    ("tags", "scheme", "what"),
    [
        (["I-A"], "BIO", "tag 0, 'I-A', cannot stand at the start in BIO"),
        (["B-A", "I-B"], "BIO", "tag 1, 'I-B', cannot stand after 'B-A' in BIO"),
        (["O", "I-A"], "BIO", "tag 1, 'I-A', cannot stand after 'O' in BIO"),
        (["U-A"], "BIO", "'U-A' is no tag of BIO"),
        (["B-A", "O"], "BILUO", "tag 1, 'O', cannot stand after 'B-A' in BILUO"),
        (["O", "B-A"], "BILUO", "the last tag, 'B-A', leaves a span open"),
        (["L-A"], "BILUO", "tag 0, 'L-A', cannot stand at the start in BILUO"),
        (["U-A", "I-A"], "BILUO", "tag 1, 'I-A', cannot stand after 'U-A' in BILUO"),
        (["B-"], "BILUO", "'B-' is no tag of BILUO"),
        (["o"], "BIO", "'o' is no tag of BIO"),
        ([None], "BIO", "None is no tag of BIO"),
        (["O"], "BMES", "there is no scheme 'BMES'"),
    ],
)
def test_what_is_illegal_is_named_with_its_place(tags: Any, scheme: Any, what: str) -> None:
    with pytest.raises(DataError) as raised:
        spans_of_tags(tags, scheme)
    assert raised.value.what == what


def test_converting_from_the_wrong_scheme_says_how() -> None:
    with pytest.raises(DataError, match="cannot stand after 'B-A'") as raised:
        biluo_to_bio(["B-A", "O"])
    assert "'U-A'" in raised.value.fix


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ([(0, 0, "A")], "no span from word 0 to 0"),
        ([(-1, 1, "A")], "no span from word -1 to 1"),
        ([(1, 4, "A")], "no span from word 1 to 4 is in a document of 3"),
        ([(0, 2, "A"), (1, 3, "B")], "the span from word 1 to 3, 'B', overlaps"),
    ],
)
def test_spans_that_tags_cannot_hold_are_refused(wrong: Any, what: str) -> None:
    with pytest.raises(DataError, match=what):
        tags_of_spans(wrong, 3, "BIO")
