"""character_ngrams against the plain rule, written with slices of one text at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from combinet.errors import CombinetError, DTypeError
from combinet.ops import NumpyOps
from combinet.text import character_ngrams
from combinet.types import Ragged

OPS = NumpyOps()
ANY_TEXT = st.text(st.characters() | st.sampled_from("aAİß😀\ud800\udc00\x02\x03\n "), max_size=12)


def by_the_rule(text: str, sizes: list[int]) -> list[int]:
    """Every run of n of the marked text, hashed by itself."""
    marked = [2, *map(ord, text.lower()), 3]
    return [
        int(OPS.ngrams(n, np.array(marked[i : i + n], dtype="uint64"))[0])
        for n in sizes
        for i in range(len(marked) - n + 1)
    ]


def keys(texts: list[str], sizes: list[int]) -> Ragged:
    return character_ngrams(sizes).predict(texts)


@given(st.lists(ANY_TEXT, max_size=5), st.lists(st.integers(1, 5), min_size=1, max_size=4))
def test_each_text_has_the_keys_of_the_rule(texts: list[str], sizes: list[int]) -> None:
    found = keys(texts, sizes)
    wanted = [by_the_rule(text, sizes) for text in texts]
    assert [int(n) for n in found.lengths] == [len(each) for each in wanted]
    assert found.data.ravel().tolist() == [key for each in wanted for key in each]


@given(st.lists(ANY_TEXT, min_size=1, max_size=5))
def test_a_text_has_the_same_keys_in_any_company(texts: list[str]) -> None:
    together = keys(texts, [1, 2, 3])
    ends = np.cumsum(together.lengths)
    for text, end, length in zip(texts, ends, together.lengths, strict=True):
        alone = keys([text], [1, 2, 3]).data
        assert np.array_equal(together.data[end - length : end], alone)


def test_keys_are_one_column_of_64_bits() -> None:
    found = keys(["ab", "c"], [1, 2])
    assert found.data.shape == (4 + 3 + 3 + 2, 1)
    assert found.data.dtype == np.uint64


def test_case_makes_no_difference_and_order_does() -> None:
    assert np.array_equal(keys(["Haus"], [3]).data, keys(["hAUS"], [3]).data)
    assert not np.array_equal(keys(["ab"], [2]).data, keys(["ba"], [2]).data)


def test_start_and_end_are_seen() -> None:
    first, second = keys(["ab"], [2]).data, keys(["xaby"], [2]).data
    assert len(np.intersect1d(first, second)) == 1


def test_an_empty_text_is_its_two_marks() -> None:
    assert keys(["", ""], [1, 2]).lengths.tolist() == [3, 3]
    assert keys([""], [3]).lengths.tolist() == [0]


def test_no_texts_give_no_keys() -> None:
    found = keys([], [1, 2])
    assert found.data.shape == (0, 1)
    assert len(found.lengths) == 0


def test_backprop_of_texts_is_empty() -> None:
    Y, backprop = character_ngrams([2]).begin_update(["ab"])
    assert backprop(Y) == []


@pytest.mark.parametrize("sizes", [[], [0], [2, -1]])
def test_sizes_that_make_no_sense_are_refused(sizes: list[int]) -> None:
    with pytest.raises(CombinetError, match="at least one character"):
        character_ngrams(sizes)


@pytest.mark.parametrize("wrong", [["a"], None, 3, b"a"])
def test_what_is_no_text_is_named(wrong: Any) -> None:
    with pytest.raises(DTypeError, match=f"item 1 is {type(wrong).__name__}") as raised:
        keys(["a", wrong], [1])
    assert "join" in raised.value.fix


def test_one_text_is_not_taken_for_a_list_of_characters() -> None:
    with pytest.raises(DTypeError, match="takes a list of texts, got one text"):
        character_ngrams([1]).predict("Haus")  # type: ignore[arg-type]


def test_the_sizes_are_saved_with_the_model() -> None:
    data = character_ngrams([1, 4]).to_bytes()
    again = character_ngrams([1]).from_bytes(data)
    assert again.attrs["sizes"] == (1, 4)
    assert np.array_equal(again.predict(["Haus"]).data, keys(["Haus"], [1, 4]).data)
