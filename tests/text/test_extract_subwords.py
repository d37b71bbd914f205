"""Runs of words, and runs of characters inside words, as keys."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from combinet import NumpyOps
from combinet.errors import CombinetError
from combinet.text import WordsAndSubwords, character_ngrams, extract_subwords, hash_string

WORDS = st.lists(st.lists(st.text(max_size=5), max_size=5), max_size=4)


def keys(docs: Any, *settings: Any) -> list[list[int]]:
    found = extract_subwords(*settings).predict(docs)
    rows: Any = found.data[:, 0]
    return [part.tolist() for part in np.split(rows, np.cumsum(found.lengths)[:-1])]


def key_of_pair(first: str, second: str) -> int:
    pair = np.array([hash_string(first), hash_string(second)], dtype="uint64")
    return int(NumpyOps().ngrams(2, pair)[0])


@given(WORDS)
def test_words_and_their_pairs_come_first_and_never_cross_documents(docs: list[list[str]]) -> None:
    wanted = [
        [hash_string(word.lower()) for word in doc]
        + [key_of_pair(a.lower(), b.lower()) for a, b in pairwise(doc)]
        for doc in docs
    ]
    assert keys(docs, 2, []) == (wanted or [[]])


@given(WORDS, st.sampled_from([[1], [3], [2, 4], [3, 4, 5]]))
def test_runs_of_characters_are_those_of_each_word(docs: list[list[str]], sizes: list[int]) -> None:
    def runs(word: str) -> list[int]:
        return character_ngrams(sizes).predict([word]).data[:, 0].tolist()  # type: ignore[attr-defined]

    wanted = [[key for word in doc for key in runs(word)] for doc in docs]
    found = [each[len(doc) :] for each, doc in zip(keys(docs, 1, sizes), docs, strict=False)]
    assert found == wanted


def test_a_short_word_has_runs_with_its_marks() -> None:
    assert [len(each) for each in keys([["a"], ["ab"], [""]], 1, [3])] == [2, 3, 1]


def test_capitals_do_not_matter() -> None:
    assert keys([["Haus", "AM"]]) == keys([["haus", "am"]])


@pytest.mark.parametrize("settings", [(0,), (1, [0]), (1, [3, -1])])
def test_runs_of_nothing_are_refused(settings: Any) -> None:
    with pytest.raises(CombinetError, match="one (word|character) or more"):
        extract_subwords(*settings)


def test_each_run_gets_a_vector() -> None:
    model = WordsAndSubwords(4, 50).initialize(seed=0)
    found = model.predict([["good", "day"], [], ["good"]])
    assert found.lengths.tolist() == [3 + (4 + 3 + 2) + (3 + 2 + 1), 0, 1 + 9]
    assert np.array_equal(found.data[0], found.data[-10])
