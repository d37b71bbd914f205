"""Random streams: every draw comes from a key, and no key depends on what ran before.

A stream is named by a seed and some parts, as in ``generator(derive_key(seed, path))``. One
seed belongs to the process, for what is asked for without a seed: ``fix_random_seed`` sets it,
and without that call the operating system does.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

_lock = Lock()
_current: ContextVar[np.random.Generator | None] = ContextVar("combinet_generator", default=None)


class _Stream:
    """What the process's seed has given out so far."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.roots = 0
        self.shuffles = 0
        self.generator = generator(derive_key(seed, "process"))


_stream: _Stream | None = None


def fix_random_seed(seed: int = 0) -> None:
    """Start the process's random streams anew, and those of the libraries around us.

    Seeds ``random``, ``numpy.random`` and, where they are imported already, torch and CuPy.
    combinet itself draws from none of these: see ``next_root_seed`` and ``current_generator``.
    """
    import random

    import numpy as np

    global _stream
    with _lock:
        _stream = _Stream(seed)
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 - for the user's own code, which may draw there
    torch, cupy = sys.modules.get("torch"), sys.modules.get("cupy")
    if torch is not None:
        torch.manual_seed(seed)
    if cupy is not None and cupy.cuda.is_available():
        cupy.random.seed(seed % 2**32)


def next_root_seed() -> int:
    """The seed of the next root that is initialized without one: a key of (seed, n).

    The n-th call after ``fix_random_seed(s)`` gives the same key in every process.
    """
    with _lock:
        stream = _process_stream()
        n, stream.roots = stream.roots, stream.roots + 1
    return derive_key(stream.seed, "root", n)


def derive_key(seed: int, *parts: int | str) -> int:
    """A 64-bit key for the stream that ``seed`` and ``parts`` name.

    The same on every machine, under every hash seed and in every version of Python: the first
    8 bytes of BLAKE2b over the parts, each with its kind and length, so that no two different
    lists of parts run into each other.
    """
    from hashlib import blake2b

    digest = blake2b(digest_size=8)
    for part in (seed, *parts):
        kind = "s" if isinstance(part, str) else "i"
        text = (part if isinstance(part, str) else str(int(part))).encode()
        digest.update(f"{kind}{len(text)}:".encode() + text)
    return int.from_bytes(digest.digest(), "little")


def generator(key: int) -> np.random.Generator:
    """A new generator at the start of the stream of ``key`` (counter-based Philox)."""
    from numpy.random import Generator, Philox

    return Generator(Philox(key=key % 2**128))


def current_generator() -> np.random.Generator:
    """The generator that an initializer draws from: the one set by ``using_generator``.

    Where none is set it is the process's own, which ``fix_random_seed`` starts anew.
    """
    found = _current.get()
    if found is not None:
        return found
    with _lock:
        return _process_stream().generator


@contextmanager
def using_generator(gen: np.random.Generator) -> Generator[np.random.Generator]:
    """Make ``gen`` the current generator inside the block, in this thread or task only."""
    token = _current.set(gen)
    try:
        yield gen
    finally:
        _current.reset(token)


def shuffle_generator(seed: int | None = None, epoch: int | None = None) -> np.random.Generator:
    """A generator for the order of the data, which depends on (seed, epoch) alone.

    Args:
        seed: The process's own if omitted.
        epoch: The number of shuffles without an epoch since ``fix_random_seed`` if omitted.
    """
    with _lock:
        stream = _process_stream()
        if epoch is None:
            epoch, stream.shuffles = stream.shuffles, stream.shuffles + 1
    return generator(derive_key(stream.seed if seed is None else seed, "shuffle", epoch))


def _process_stream() -> _Stream:
    """The process's stream, seeded by the operating system at first use. Needs the lock."""
    global _stream
    if _stream is None:
        from secrets import randbits

        _stream = _Stream(randbits(64))
    return _stream
