"""Hashes of ids, of runs of ids and of strings, a whole array at a time.

Source: Austin Appleby's MurmurHash2 (64A) and MurmurHash3 (x86-32, x64-128). Unsigned
integers wrap around, as those algorithms ask.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from ..errors import DTypeError, ShapeError
from ..types import Ints1d, Ints2d
from ._base import BaseOps

_U32, _U64 = np.uint32, np.uint64


class HashingOps(BaseOps):
    """MurmurHash in the forms that embedding tables and sparse features are addressed by."""

    def hash(self, ids: Ints1d, seed: int) -> Ints2d:
        """Four numbers for each id: MurmurHash3 x64-128 of its 8 bytes, low byte first.

        Shapes:
            (N,) -> (N, 4) uint32: the low and high half of h1, then of h2.

        Raises:
            DTypeError: The ids are not whole numbers in one dimension.
        """
        low = _U64(0xFFFFFFFF)
        h1, h2 = _murmur3_x64_128(self._as_keys(ids), seed)
        halves = (h1 & low, h1 >> _U64(32), h2 & low, h2 >> _U64(32))
        return cast(Ints2d, self.xp.stack(halves, axis=1).astype("uint32"))

    def hash_rows(self, ids: Ints1d, seed: int, nV: int) -> Ints2d:
        """The four rows that each id has in a table of ``nV``: ``hash(ids, seed) % nV``.

        Shapes:
            (N,) -> (N, 4) int64.
        """
        if nV < 1:
            raise ShapeError(f"a table has at least one row, got {nV}")
        hashes: Any = self.hash(ids, seed)
        return cast(Ints2d, (hashes % _U32(nV)).astype("int64"))

    def hash_keys(self, keys: Ints1d, seed: int) -> Ints1d:
        """One number for each key: MurmurHash3 x86-32 of its 8 bytes, low byte first.

        Shapes:
            (N,) -> (N,) uint32.
        """
        words: Any = self._as_keys(keys)
        h = self.xp.full(words.shape, seed & 0xFFFFFFFF, dtype="uint32")
        h = _mix_32(h, (words & _U64(0xFFFFFFFF)).astype("uint32"))
        h = _mix_32(h, (words >> _U64(32)).astype("uint32"))
        return cast(Ints1d, _finish_32(h ^ _U32(8)))

    def hash_strings(self, strings: Sequence[str], seed: int = 0) -> Ints1d:
        """One number for each string: MurmurHash3 x86-32 of its UTF-8 bytes.

        Shapes:
            N strings -> (N,) uint32.
        """
        return cast(Ints1d, self.asarray(_murmur3_x86_32_of_bytes(strings, seed)))

    def ngrams(self, n: int, keys: Ints1d) -> Ints1d:
        """One number for each run of ``n`` keys: MurmurHash64A, seed 0, of their bytes.

        Shapes:
            (N,) -> (N - n + 1,) uint64; none where n is below 1 or above N.
        """
        words: Any = self._as_keys(keys)
        count = len(words) - n + 1 if n >= 1 else 0
        h = self.xp.full((max(count, 0),), _U64(8 * n * _M64 % 2**64), dtype="uint64")
        for i in range(n if count > 0 else 0):
            k = words[i : i + count] * _U64(_M64)
            k = (k ^ (k >> _U64(47))) * _U64(_M64)
            h = (h ^ k) * _U64(_M64)
        h = (h ^ (h >> _U64(47))) * _U64(_M64)
        return cast(Ints1d, h ^ (h >> _U64(47)))

    def _as_keys(self, ids: Any) -> Any:
        if getattr(ids, "ndim", None) != 1 or ids.dtype.kind not in "iu":
            raise DTypeError(
                "ids to hash are whole numbers in one dimension",
                ids=f"{getattr(ids, 'dtype', type(ids).__name__)} {getattr(ids, 'shape', '')}",
            )
        return ids.astype("uint64", copy=False)


_M64 = 0xC6A4A7935BD1E995


def _rotl_64(x: Any, by: int) -> Any:
    return (x << _U64(by)) | (x >> _U64(64 - by))


def _rotl_32(x: Any, by: int) -> Any:
    return (x << _U32(by)) | (x >> _U32(32 - by))


def _murmur3_x64_128(words: Any, seed: int) -> tuple[Any, Any]:
    """Of 8 bytes each: no full block, a tail in k1 alone."""
    start = seed & 0xFFFFFFFF
    k1 = _rotl_64(words * _U64(0x87C37B91114253D5), 31) * _U64(0x4CF5AD432745937F)
    h1, h2 = k1 ^ _U64(start ^ 8), _U64(start ^ 8)
    h1 = h1 + h2
    h2 = h1 + h2
    h1, h2 = _finish_64(h1), _finish_64(h2)
    h1 = h1 + h2
    return h1, h1 + h2


def _finish_64(h: Any) -> Any:
    h = (h ^ (h >> _U64(33))) * _U64(0xFF51AFD7ED558CCD)
    h = (h ^ (h >> _U64(33))) * _U64(0xC4CEB9FE1A85EC53)
    return h ^ (h >> _U64(33))


def _mix_32(h: Any, k: Any) -> Any:
    h = h ^ _scramble_32(k)
    return _rotl_32(h, 13) * _U32(5) + _U32(0xE6546B64)


def _scramble_32(k: Any) -> Any:
    return _rotl_32(k * _U32(0xCC9E2D51), 15) * _U32(0x1B873593)


def _finish_32(h: Any) -> Any:
    h = (h ^ (h >> _U32(16))) * _U32(0x85EBCA6B)
    h = (h ^ (h >> _U32(13))) * _U32(0xC2B2AE35)
    return h ^ (h >> _U32(16))


def _murmur3_x86_32_of_bytes(strings: Sequence[str], seed: int) -> Any:
    """Block by block over all strings that are long enough, then their tails: on the host."""
    encoded = [string.encode("utf-8", "surrogatepass") for string in strings]
    sizes = np.asarray([len(piece) for piece in encoded], dtype="int64")
    joined = b"".join(piece + b"\0" * (-len(piece) % 4) for piece in encoded)
    blocks: Any = np.frombuffer(joined, dtype="<u4").astype("uint32", copy=False)
    starts = np.cumsum(-(-sizes // 4)) - -(-sizes // 4)
    full = sizes // 4
    h: Any = np.full(sizes.shape, seed & 0xFFFFFFFF, dtype="uint32")
    for step in range(int(full.max(initial=0))):
        at = np.flatnonzero(full > step)
        h[at] = _mix_32(h[at], blocks[starts[at] + step])
    at = np.flatnonzero(sizes % 4)
    h[at] ^= _scramble_32(blocks[starts[at] + full[at]])
    return _finish_32(h ^ sizes.astype("uint32"))
