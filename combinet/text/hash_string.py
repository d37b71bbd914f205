"""hash_string: strings as the 64-bit numbers that spaCy knows them by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..types import Ints1d

_M, _47, _SEED = np.uint64(0xC6A4A7935BD1E995), np.uint64(47), 1


def hash_string(string: str) -> int:
    """``hash_strings`` of one.

    Example:
        >>> hash_string("hello")
        5983625672228268878
    """
    return int(hash_strings([string])[0])


def hash_strings(strings: Sequence[str]) -> Ints1d:
    """MurmurHash64A, seed 1, of each string's UTF-8 bytes, as ``spacy.strings.hash_string``.

    A lone surrogate counts as the three bytes that UTF-8 would have for its code point.

    Shapes:
        N strings -> (N,) uint64.

    Source:
        Austin Appleby, MurmurHash2 (64A). Unsigned integers wrap around, as it asks.
    """
    encoded = [string.encode("utf-8", "surrogatepass") for string in strings]
    sizes: Any = np.array([len(piece) for piece in encoded], dtype="int64")
    joined = b"".join(piece + b"\0" * (-len(piece) % 8) for piece in encoded)
    blocks: Any = np.frombuffer(joined, dtype="<u8").astype("uint64", copy=False)
    full, all_blocks = sizes // 8, -(-sizes // 8)
    starts = np.cumsum(all_blocks) - all_blocks
    h: Any = np.uint64(_SEED) ^ (sizes.astype("uint64") * _M)
    for step in range(int(full.max(initial=0))):
        at = np.flatnonzero(full > step)
        k = blocks[starts[at] + step] * _M
        h[at] = (h[at] ^ ((k ^ (k >> _47)) * _M)) * _M
    at = np.flatnonzero(sizes % 8)  # the tail, which the padding has made a block of
    h[at] = (h[at] ^ blocks[starts[at] + full[at]]) * _M
    h = (h ^ (h >> _47)) * _M
    hashes: Ints1d = h ^ (h >> _47)
    return hashes
