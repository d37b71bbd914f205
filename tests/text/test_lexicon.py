from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from combinet.errors import DTypeError, UnknownName
from combinet.text.hash_string import hash_string
from combinet.text.lexicon import ATTRIBUTES, Lexicon, attributes, shape

ALL = list(ATTRIBUTES)


def test_attributes_are_hashes_of_parts_of_the_word() -> None:
    (row,) = attributes(["Apollo-11"], ["ORTH", "NORM", "LOWER", "PREFIX", "SUFFIX", "SHAPE"])
    parts = ["Apollo-11", "apollo-11", "apollo-11", "A", "-11", "Xxxxx-dd"]
    assert row.tolist() == [hash_string(part) for part in parts]


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        ("C3PO", "XdXX"),
        ("aaaaaa", "xxxx"),
        ("AAAAAAaaaaaa11111", "XXXXxxxxdddd"),
        ("-----", "----"),
        ("'s", "'x"),
        ("x" * 99, "xxxx"),
        ("x" * 100, "LONG"),
        ("", ""),
        ("日本", "xx"),
    ],
)
def test_shapes_have_runs_of_four_at_most(word: str, wanted: str) -> None:
    assert shape(word) == wanted


def test_columns_come_in_the_order_that_is_asked_for() -> None:
    whole = attributes(["Good", "morning"], ALL)
    some = attributes(["Good", "morning"], ["SHAPE", "ORTH"])
    assert np.array_equal(some, whole[:, [ALL.index("SHAPE"), ALL.index("ORTH")]])


def test_an_unknown_attribute_is_named_with_its_likes() -> None:
    with pytest.raises(UnknownName, match="did you mean 'LOWER'"):
        attributes(["a"], ["LOWR"])


def test_a_full_lexicon_begins_anew_and_says_the_same() -> None:
    words = [f"word{i}" for i in range(50)]
    small, large = Lexicon(limit=7), Lexicon()
    for start in range(0, 50, 5):
        some = words[start : start + 5]
        assert np.array_equal(small(some), large(some))
        assert len(small) <= 7
    assert len(large) == 50


def test_a_call_with_more_types_than_the_limit_works() -> None:
    words = [f"word{i}" for i in range(300)]
    assert np.array_equal(Lexicon(limit=10)(words), Lexicon()(words))


def test_a_word_seen_before_is_found_beside_a_new_one() -> None:
    small = Lexicon(limit=3)
    small(["a", "b"])
    assert np.array_equal(small(["a", "c", "d"]), Lexicon()(["a", "c", "d"]))


def test_threads_may_share_a_lexicon() -> None:
    shared, words = Lexicon(limit=20), [f"w{i}" for i in range(200)]
    wanted = Lexicon()(words)

    def look_up(i: int) -> bool:
        some = slice(i % 190, i % 190 + 10)
        return np.array_equal(shared(words[some]), wanted[some])

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(look_up, range(800)))


@pytest.mark.parametrize("word", [1, None, b"a", ["a"]])
def test_a_word_that_is_no_string_is_named(word: object) -> None:
    with pytest.raises(DTypeError, match=f"got {type(word).__name__}"):
        Lexicon()(["a", word])  # type: ignore[list-item]
