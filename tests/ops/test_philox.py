"""Philox against the known answers of the Random123 library, and against the paper's formula."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from combinet.ops._philox import philox4x32, random_words
from tests.ops.cupy_proxy import StandIn

WORD = 2**32 - 1
KNOWN = [
    ([0, 0, 0, 0], (0, 0), [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
    ([WORD] * 4, (WORD, WORD), [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
    (
        [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
        (0xA4093822, 0x299F31D0),
        [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
    ),
]
words = st.integers(0, WORD)


def _in_plain_integers(counter: list[int], key: tuple[int, int]) -> list[int]:
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        p, q = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (q >> 32) ^ c1 ^ k0, q & WORD, (p >> 32) ^ c3 ^ k1, p & WORD
        k0, k1 = (k0 + 0x9E3779B9) & WORD, (k1 + 0xBB67AE85) & WORD
    return [c0, c1, c2, c3]


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_the_known_answers_of_random123(
    counter: list[int], key: tuple[int, int], answer: list[int]
) -> None:
    got = philox4x32(np.array([counter], dtype="uint32"), key)
    assert got.dtype == np.uint32
    assert got.tolist() == [answer]


@given(st.lists(st.lists(words, min_size=4, max_size=4), max_size=5), st.tuples(words, words))
def test_every_counter_gives_what_plain_integers_give(
    counters: list[list[int]], key: tuple[int, int]
) -> None:
    array = np.array(counters, dtype="uint32").reshape(-1, 4)
    given_words = array.copy()
    assert philox4x32(array, key).tolist() == [_in_plain_integers(c, key) for c in counters]
    np.testing.assert_array_equal(array, given_words)


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), st.integers(0, 40))
def test_random_words_count_blocks_and_split_key_and_draw(key: int, draw: int, count: int) -> None:
    expected: list[int] = []
    for block in range(10):
        counter = [block, 0, draw & WORD, draw >> 32]
        expected += _in_plain_integers(counter, (key & WORD, key >> 32))
    assert random_words(np, count, key, draw).tolist() == expected[:count]


def test_random_words_go_on_where_a_chunk_ends() -> None:
    many = random_words(np, 4 * 40_000, 7, 9)
    for block in (0, 16_383, 16_384, 32_768, 39_999):
        assert many[4 * block : 4 * block + 4].tolist() == _in_plain_integers(
            [block, 0, 9, 0], (7, 0)
        )


def test_cupy_has_all_the_names_that_are_used() -> None:
    key, draw = 2**63 + 5, 2**64 - 1
    on_gpu = random_words(StandIn(), 50, key, draw).get()
    np.testing.assert_array_equal(on_gpu, random_words(np, 50, key, draw))
