"""Batches made from a type: ``sample_of(Floats2d)(rng, 3)`` is three rows of floats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, get_args, get_origin

import numpy as np

from ..errors import CombinetError
from ..types import (
    Array1d,
    Array2d,
    Array3d,
    Floats1d,
    Floats2d,
    Floats3d,
    Floats4d,
    FloatsXd,
    Ints1d,
    Ints2d,
    Ints3d,
    IntsXd,
    Padded,
    Ragged,
)

#: ``sample(rng, n)`` is a batch of n rows, or of n sequences.
Sample: TypeAlias = Callable[[np.random.Generator, int], Any]

#: How wide the rows are, unless asked for otherwise.
WIDTH = 5
#: The longest sequence; there are empty ones too.
LONGEST = 5
#: Ids and counts lie below this.
HIGHEST = 10


def sample_of(kind: Any, *, width: int = WIDTH, shortest: int = 0) -> Sample:
    """How to make a batch of ``kind``: an array type, a list of one, Ragged, Padded, a tuple.

    Sequences have random lengths; of three or more, one is as short as allowed.

    Args:
        width: Of the last axis of the arrays.
        shortest: The least length of a sequence.

    Raises:
        CombinetError: There is no telling what such a value holds.
    """
    if kind in _ARRAYS:
        ndim, is_float = _ARRAYS[kind]
        rest = (3, 2, width)[3 - (ndim - 1) :]
        return lambda rng, n: _array(rng, (n, *rest), is_float)
    if kind in _SEQUENCES:
        make = _SEQUENCES[kind]
        return lambda rng, n: make(rng, lengths_of(rng, n, shortest), width)
    items = get_args(kind)
    if get_origin(kind) is tuple and items and Ellipsis not in items:
        samples = [sample_of(item, width=width, shortest=shortest) for item in items]
        return lambda rng, n: tuple(sample(rng, n) for sample in samples)
    raise CombinetError(f"there is no sample of {kind!r}", fix="write one: sample(rng, n) -> batch")


def lengths_of(rng: np.random.Generator, n: int, shortest: int = 0) -> Any:
    """``n`` lengths of sequences; the third is as short as allowed."""
    lengths = rng.integers(shortest, LONGEST + 1, size=n).astype("int32")
    lengths[2:3] = shortest
    lengths[:1] = LONGEST - 1
    return lengths


def padded_of(parts: list[Any], width: int) -> Padded:
    """Sequences side by side, the longest first, zeros behind their ends."""
    lengths = np.array([len(part) for part in parts], dtype="int32")
    order = np.argsort(-lengths, kind="stable").astype("int32")
    lengths = lengths[order]
    data = np.zeros((int(lengths.max(initial=0)), len(parts), width), dtype="float32")
    for column, index in enumerate(order):
        data[: lengths[column], column] = parts[index]
    sizes = (lengths[None, :] > np.arange(len(data))[:, None]).sum(axis=1).astype("int32")
    return Padded(data, sizes, lengths, order)


def _array(rng: np.random.Generator, shape: tuple[int, ...], is_float: bool) -> Any:
    if is_float:
        return rng.standard_normal(shape).astype("float32")
    return rng.integers(0, HIGHEST, size=shape).astype("int32")


def _floats(rng: np.random.Generator, lengths: Any, width: int) -> list[Any]:
    return [_array(rng, (length, width), True) for length in lengths]


def _floats1d(rng: np.random.Generator, lengths: Any, width: int) -> list[Any]:
    return [_array(rng, (length,), True) for length in lengths]


def _ints1d(rng: np.random.Generator, lengths: Any, width: int) -> list[Any]:
    return [_array(rng, (length,), False) for length in lengths]


def _ints2d(rng: np.random.Generator, lengths: Any, width: int) -> list[Any]:
    return [_array(rng, (length, width), False) for length in lengths]


def _ragged(rng: np.random.Generator, lengths: Any, width: int) -> Ragged:
    return Ragged(_array(rng, (int(lengths.sum()), width), True), lengths)


def _padded(rng: np.random.Generator, lengths: Any, width: int) -> Padded:
    return padded_of(_floats(rng, lengths, width), width)


def _words(rng: np.random.Generator, lengths: Any, width: int) -> list[list[str]]:
    alphabet = np.array(list("abcdefgh"))
    return [["".join(rng.choice(alphabet, size=3)) for _ in range(length)] for length in lengths]


#: How many axes, and whether they hold floats.
_ARRAYS: dict[Any, tuple[int, bool]] = {
    Floats1d: (1, True),
    Floats2d: (2, True),
    Floats3d: (3, True),
    Floats4d: (4, True),
    FloatsXd: (2, True),
    Array1d: (1, True),
    Array2d: (2, True),
    Array3d: (3, True),
    Ints1d: (1, False),
    Ints2d: (2, False),
    Ints3d: (3, False),
    IntsXd: (1, False),
}
_SEQUENCES: dict[Any, Callable[[np.random.Generator, Any, int], Any]] = {
    list[Floats1d]: _floats1d,
    list[Floats2d]: _floats,
    list[FloatsXd]: _floats,
    list[Ints1d]: _ints1d,
    list[Ints2d]: _ints2d,
    list[IntsXd]: _ints1d,
    list[list[str]]: _words,
    Ragged: _ragged,
    Padded: _padded,
}
