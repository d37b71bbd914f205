from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from combinet.text.hash_string import hash_string, hash_strings

_M = 0xC6A4A7935BD1E995


def murmur_hash_64a(data: bytes, seed: int) -> int:
    """The algorithm as its author wrote it, a byte at a time."""
    h = (seed ^ (len(data) * _M)) % 2**64
    whole = len(data) // 8 * 8
    for start in range(0, whole, 8):
        k = int.from_bytes(data[start : start + 8], "little") * _M % 2**64
        k = (k ^ (k >> 47)) * _M % 2**64
        h = (h ^ k) * _M % 2**64
    if tail := data[whole:]:
        h = (h ^ int.from_bytes(tail, "little")) * _M % 2**64
    h = (h ^ (h >> 47)) * _M % 2**64
    return h ^ (h >> 47)


@given(st.lists(st.text(max_size=30), max_size=8))
def test_hashes_are_murmur_hash_64a_with_seed_1(strings: list[str]) -> None:
    wanted = [murmur_hash_64a(string.encode(), 1) for string in strings]
    assert hash_strings(strings).tolist() == wanted


@pytest.mark.parametrize(
    ("string", "number"),
    [("", 14313749767032693980), ("hello", 5983625672228268878), ("é", 16256712947286012828)],
)
def test_numbers_are_those_that_spacy_has(string: str, number: int) -> None:
    assert hash_string(string) == number


def test_a_lone_surrogate_has_a_hash_of_its_own() -> None:
    assert hash_string("\ud800") == murmur_hash_64a(b"\xed\xa0\x80", 1)
    assert hash_string("\ud800") != hash_string("\ud801")


def test_nul_counts_as_a_character() -> None:
    assert len({hash_string(s) for s in ("", "\0", "\0\0", "a", "a\0")}) == 5
