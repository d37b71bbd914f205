from __future__ import annotations

from typing import Any

import pytest

from combinet.errors import CombinetError
from combinet.text import utf8_bytes


def rows(nC: int, *words: str) -> Any:
    docs: Any = [list(words)]
    return utf8_bytes(nC).predict(docs)[0].tolist()


def test_bytes_come_from_both_ends_in_turn() -> None:
    assert rows(4, "jumping") == [[ord(c) for c in "jgun"]]


def test_a_short_word_is_taken_once_and_padded() -> None:
    assert rows(5, "A1b", "") == [[65, 98, 49, 255, 255], [255] * 5]


def test_characters_of_several_bytes_are_cut_into_them() -> None:
    assert rows(4, "“") == [[226, 156, 128, 255]]


def test_a_lone_surrogate_and_nul_have_bytes() -> None:
    assert rows(3, "\ud800", "\0") == [[0xED, 0x80, 0xA0], [0, 255, 255]]


def test_documents_keep_their_lengths() -> None:
    docs: Any = [["a"], [], ["b", "c"]]
    assert [len(each) for each in utf8_bytes(2).predict(docs)] == [1, 0, 2]


def test_no_bytes_are_refused() -> None:
    with pytest.raises(CombinetError, match="nC=0"):
        utf8_bytes(0)
