from __future__ import annotations

import pytest

from combinet import registry
from combinet.text import Whitespace, WordsAndMarks


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("It's here?", ["It's", "here", "?"]),
        ("  a,b  ", ["a", ",", "b"]),
        ("£1.50!!", ["£", "1", ".", "50", "!", "!"]),
        ("", []),
    ],
)
def test_marks_are_words_of_their_own(text: str, wanted: list[str]) -> None:
    assert WordsAndMarks()(text) == wanted


def test_words_may_be_put_in_lower_case() -> None:
    assert WordsAndMarks(lower=True)("Où EST-il") == ["où", "est", "-", "il"]


def test_white_space_alone_may_part_words() -> None:
    assert Whitespace()(" a,b\tc\n") == ["a,b", "c"]


@pytest.mark.parametrize("name", ["combinet.Whitespace.v1", "combinet.WordsAndMarks.v1"])
def test_a_config_can_name_it(name: str) -> None:
    assert registry.tokenizers.get(name)()("a b") == ["a", "b"]
