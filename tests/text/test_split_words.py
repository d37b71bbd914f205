"""split_words."""

from __future__ import annotations

from typing import Any

import pytest

from combinet.errors import DTypeError
from combinet.text import split_words


def test_words_are_what_stands_between_white_space_in_lower_case() -> None:
    texts = ["Guten  Morgen!", " São\u00a0Tomé\n", "日本 😀"]
    assert split_words().predict(texts) == [["guten", "morgen!"], ["são", "tomé"], ["日本", "😀"]]


def test_a_text_without_words_is_one_empty_word() -> None:
    assert split_words().predict(["", " \n"]) == [[""], [""]]
    assert split_words().predict([]) == []


def test_backprop_of_texts_is_empty() -> None:
    _, backprop = split_words().begin_update(["a b"])
    assert backprop([["a", "b"]]) == []


@pytest.mark.parametrize("wrong", [["a"], None, 3, b"a b"])
def test_what_is_no_text_is_named(wrong: Any) -> None:
    with pytest.raises(
        DTypeError, match=f"split_words takes texts; item 1 is {type(wrong).__name__}"
    ):
        split_words().predict(["a", wrong])
