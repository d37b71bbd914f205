"""The hashes against known answers and against the published algorithms, written as loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from combinet.errors import DTypeError, ShapeError
from combinet.ops import Ops

ops = Ops()
M32, M64 = 2**32 - 1, 2**64 - 1
ids = st.lists(st.integers(0, M64), max_size=6)
seeds = st.integers(0, M32)


def as_keys(values: list[int]) -> np.ndarray:
    return np.asarray(values, dtype="uint64")


def rotl(x: int, by: int, bits: int) -> int:
    return ((x << by) | (x >> (bits - by))) & (2**bits - 1)


def murmur3_x86_32(data: bytes, seed: int) -> int:
    """MurmurHash3_x86_32, after Appleby's description."""
    h = seed
    whole = len(data) // 4 * 4
    for i in range(0, whole, 4):
        k = int.from_bytes(data[i : i + 4], "little") * 0xCC9E2D51 & M32
        h ^= rotl(k, 15, 32) * 0x1B873593 & M32
        h = (rotl(h, 13, 32) * 5 + 0xE6546B64) & M32
    if len(data) > whole:
        k = int.from_bytes(data[whole:], "little") * 0xCC9E2D51 & M32
        h ^= rotl(k, 15, 32) * 0x1B873593 & M32
    h ^= len(data)
    h = (h ^ (h >> 16)) * 0x85EBCA6B & M32
    h = (h ^ (h >> 13)) * 0xC2B2AE35 & M32
    return h ^ (h >> 16)


def finish64(h: int) -> int:
    h = (h ^ (h >> 33)) * 0xFF51AFD7ED558CCD & M64
    h = (h ^ (h >> 33)) * 0xC4CEB9FE1A85EC53 & M64
    return h ^ (h >> 33)


def murmur3_x64_128(data: bytes, seed: int) -> tuple[int, int]:
    """MurmurHash3_x64_128 of at most 15 bytes: the part of it that handles the tail."""
    h1 = h2 = seed
    k2 = int.from_bytes(data[8:], "little") * 0x4CF5AD432745937F & M64
    h2 ^= rotl(k2, 33, 64) * 0x87C37B91114253D5 & M64
    k1 = int.from_bytes(data[:8], "little") * 0x87C37B91114253D5 & M64
    h1 ^= rotl(k1, 31, 64) * 0x4CF5AD432745937F & M64
    h1, h2 = h1 ^ len(data), h2 ^ len(data)
    h1 = (h1 + h2) & M64
    h2 = (h2 + h1) & M64
    h1, h2 = finish64(h1), finish64(h2)
    h1 = (h1 + h2) & M64
    return h1, (h2 + h1) & M64


def murmur64a(data: bytes, seed: int) -> int:
    """MurmurHash64A of whole blocks of 8 bytes."""
    m = 0xC6A4A7935BD1E995
    h = seed ^ (len(data) * m & M64)
    for i in range(0, len(data), 8):
        k = int.from_bytes(data[i : i + 8], "little") * m & M64
        k = (k ^ (k >> 47)) * m & M64
        h = (h ^ k) * m & M64
    h = (h ^ (h >> 47)) * m & M64
    return h ^ (h >> 47)


def test_the_hash_of_1_is_the_known_one() -> None:
    known = [4211459146, 4457399, 3547175942, 1032506804]
    assert ops.hash(as_keys([1]), 0).tolist() == [known]


def test_the_hash_of_the_string_a_is_the_known_one() -> None:
    assert ops.hash_strings(["a"]).tolist() == [1009084850]


@given(ids, seeds)
def test_hash_is_murmur3_x64_128(values: list[int], seed: int) -> None:
    got = ops.hash(as_keys(values), seed)
    assert (got.shape, got.dtype) == ((len(values), 4), np.uint32)
    for row, value in zip(got.tolist(), values, strict=True):
        h1, h2 = murmur3_x64_128(value.to_bytes(8, "little"), seed)
        assert row == [h1 & M32, h1 >> 32, h2 & M32, h2 >> 32]


@given(ids, seeds)
def test_hash_keys_is_murmur3_x86_32(values: list[int], seed: int) -> None:
    wanted = [murmur3_x86_32(value.to_bytes(8, "little"), seed) for value in values]
    assert ops.hash_keys(as_keys(values), seed).tolist() == wanted


@given(st.lists(st.text(max_size=9), max_size=6), seeds)
def test_hash_strings_is_murmur3_x86_32_of_utf8(strings: list[str], seed: int) -> None:
    wanted = [murmur3_x86_32(string.encode(), seed) for string in strings]
    got = ops.hash_strings(strings, seed)
    assert got.dtype == np.uint32
    assert got.tolist() == wanted


@given(ids, st.integers(-1, 7))
def test_ngrams_is_murmur64a_of_each_window(values: list[int], n: int) -> None:
    count = max(len(values) - n + 1, 0) if n >= 1 else 0
    windows = [values[i : i + n] for i in range(count)]
    wanted = [murmur64a(b"".join(k.to_bytes(8, "little") for k in w), 0) for w in windows]
    got = ops.ngrams(n, as_keys(values))
    assert got.dtype == np.uint64
    assert got.tolist() == wanted


def test_hash_rows_are_the_hashes_modulo_the_table() -> None:
    keys = as_keys([1, 2**63 + 5])
    assert ops.hash_rows(keys, 3, 100).tolist() == (ops.hash(keys, 3) % 100).tolist()


def test_signed_ids_hash_as_their_bits() -> None:
    signed = np.asarray([-1, 5])
    assert ops.hash(signed, 0).tolist() == ops.hash(signed.view("uint64"), 0).tolist()


def test_ids_that_are_no_ints_in_a_row_are_refused() -> None:
    with pytest.raises(DTypeError, match="whole numbers in one dimension"):
        ops.hash(np.ones(3), 0)
    with pytest.raises(DTypeError, match="whole numbers in one dimension"):
        ops.ngrams(2, np.ones((3, 1), dtype="uint64"))


def test_a_table_of_no_rows_is_refused() -> None:
    with pytest.raises(ShapeError, match="at least one row"):
        ops.hash_rows(as_keys([1]), 0, 0)


def test_a_lone_surrogate_is_hashed_like_any_other_character() -> None:
    one, other = np.asarray(Ops().hash_strings(["\ud83d", "\ud83e"]))
    assert one != other
