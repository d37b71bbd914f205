"""Philox4x32-10, a counter-based random generator, in array code.

Source: Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3" (SC11),
sections 3.3 and 4; its known answers are those of the Random123 library.

A counter of four 32-bit words c0..c3 and a key of two words k0, k1 give four random words.
Each of the ten rounds replaces, with p = M0 c0 and q = M1 c2 in 64 bits,

    c0, c1, c2, c3  by  high(q) ^ c1 ^ k0, low(q), high(p) ^ c3 ^ k1, low(p)

and then adds W0 to k0 and W1 to k1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_WEYL = (0x9E3779B9, 0xBB67AE85)
_ROUNDS = 10
# Blocks at a time: two buffers of 256 KB, which stay in the cache for all ten rounds.
_CHUNK = 16384
_WORD = 0xFFFFFFFF


def philox4x32(counter: Any, key: tuple[int, int], xp: Any = np) -> Any:
    """Four random words for each counter.

    Args:
        counter: uint32, c0 first; it is not written into.
        key: (k0, k1), each below 2**32.
        xp: The array module of ``counter``.
    Shapes:
        counter (n, 4) -> (n, 4) uint32.
    """
    halves = counter.astype("uint64")
    state = xp.empty((2, len(halves)), dtype="uint64")
    state[0] = (halves[:, 0] << 32) | halves[:, 1]
    state[1] = (halves[:, 2] << 32) | halves[:, 3]
    words = xp.empty((len(halves), 4), dtype="uint32")
    _run(xp, state, xp.empty_like(state), key, words)
    return words


def random_words(xp: Any, count: int, key: int, draw: int) -> Any:
    """``count`` random words: word i is number i % 4 of counter (i // 4, draw).

    Args:
        key: 64 bits, of which the lower half is k0.
        draw: 64 bits; its lower half is c2 and its upper half c3. The block number i // 4 is
            spread over c0 and c1 in the same way.
    Shapes:
        -> (count,) uint32
    """
    blocks = -(-count // 4)
    words = xp.empty((blocks, 4), dtype="uint32")
    state = xp.empty((2, min(blocks, _CHUNK)), dtype="uint64")
    product = xp.empty_like(state)
    for start in range(0, blocks, _CHUNK):
        part = words[start : start + _CHUNK]
        used, spare = state[:, : len(part)], product[:, : len(part)]
        numbers = xp.arange(start, start + len(part), dtype="uint64")
        used[0] = (numbers << 32) | (numbers >> 32)
        used[1] = np.uint64(((draw & _WORD) << 32) | (draw >> 32 & _WORD))
        _run(xp, used, spare, (key & _WORD, key >> 32 & _WORD), part)
    return words.reshape(-1)[:count]


def _run(xp: Any, state: Any, product: Any, key: tuple[int, int], words: Any) -> None:
    """Fill ``words`` (n, 4) with the ten rounds over ``state``; both buffers are used up.

    ``state`` (2, n) uint64 has c0 and c2 in its upper halves, c1 and c3 in its lower ones. So
    a shift right leaves what is multiplied and a shift left what is mixed into the product.
    """
    multipliers = xp.asarray([[m] for m in _MULTIPLIERS], dtype="uint64")
    for round_key in xp.asarray(_round_keys(key), dtype="uint64"):
        xp.right_shift(state, 32, out=product)
        xp.multiply(product, multipliers, out=product)
        xp.left_shift(state, 32, out=state)
        xp.bitwise_xor(state, product[::-1], out=state)
        xp.bitwise_xor(state, round_key, out=state)
    xp.right_shift(state, 32, out=product)
    words[:, 0], words[:, 1] = product[0], state[0]
    words[:, 2], words[:, 3] = product[1], state[1]


def _round_keys(key: tuple[int, int]) -> list[list[list[int]]]:
    """The key of each round, in the upper half of 64 bits: (10, 2, 1)."""
    return [
        [[((k + turn * weyl) & _WORD) << 32] for k, weyl in zip(key, _WEYL, strict=True)]
        for turn in range(_ROUNDS)
    ]
