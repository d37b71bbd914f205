"""Lengths of sequences, checked, on the host: what every op over sequences starts from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import DTypeError, RangeError, ShapeError
from ..types import Ints1d


def as_lengths(lengths: Ints1d | Sequence[int]) -> Any:
    """``lengths`` as NumPy int64, (sequences,), whatever integers they came as.

    Raises:
        DTypeError: They are not whole numbers in one dimension.
        ShapeError: One is negative.
    """
    array: Any = lengths
    host = array.get() if hasattr(array, "get") else np.asarray(array)
    if host.ndim == 1 and host.size == 0:
        return np.zeros(0, dtype="int64")
    if host.ndim != 1 or host.dtype.kind not in "iu":
        raise DTypeError(
            "lengths are whole numbers in one dimension", lengths=f"{host.dtype} {host.shape}"
        )
    if int(host.min()) < 0:
        raise ShapeError(f"a sequence has the length {int(host.min())}", fix="all must be >= 0")
    return host.astype("int64", copy=False)


def lengths_of_rows(lengths: Ints1d | Sequence[int], rows: int) -> Any:
    """``as_lengths``, which must divide ``rows`` rows.

    Raises:
        RangeError: They do not add up to ``rows``.
    """
    host = as_lengths(lengths)
    total = int(host.sum())
    if total != rows:
        raise RangeError(
            "lengths must sum up to the number of rows", rows=rows, sum_of_lengths=total
        )
    return host


def filled_lengths(lengths: Ints1d | Sequence[int], rows: int | None = None) -> Any:
    """``lengths_of_rows`` of sequences none of which is empty.

    Raises:
        ShapeError: A length is zero.
    """
    host = as_lengths(lengths) if rows is None else lengths_of_rows(lengths, rows)
    if host.size and int(host.min()) == 0:
        raise ShapeError(
            "all sequence lengths must be > 0: an empty sequence has no first, last or largest row",
            fix="drop the empty sequences",
            empty_at=np.flatnonzero(host == 0)[:10].tolist(),
        )
    return host


def starts_of(lengths: Any) -> Any:
    """Where each sequence starts: (sequences,)."""
    return np.cumsum(lengths) - lengths


def owners_of(lengths: Any) -> Any:
    """The sequence that each row belongs to: (rows,)."""
    return np.repeat(np.arange(len(lengths)), lengths)


def as_indices(ops: Any, indices: Any, limit: int, what: str, negative: bool = False) -> Any:
    """``indices``, all of which are below ``limit`` and, unless allowed, not negative.

    Raises:
        DTypeError: They are not whole numbers.
        RangeError: One is outside.
    """
    if indices.dtype.kind not in "iu":
        raise DTypeError(f"{what} are whole numbers", dtype=indices.dtype)
    if indices.size:
        smallest, largest = int(ops.xp.min(indices)), int(ops.xp.max(indices))
        if largest >= limit or (smallest < 0 and not negative):
            wrong = largest if largest >= limit else smallest
            raise RangeError(f"{what} must be from 0 to {limit - 1}, got {wrong}")
    return indices.astype("int64") if indices.dtype == "uint64" else indices
