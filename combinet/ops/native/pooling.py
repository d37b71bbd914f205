"""Embeddings pooled over sequences, compiled."""

from __future__ import annotations

from typing import Any

from ...types import Floats2d, Ints1d, Ints2d
from .._native import kernels
from ..numpy_ops import NumpyOps
from .embedding import as_short


class NativePooling(NumpyOps):
    """pool_rows of combinet.ops._embedding, and hash_rows, by _native/pooling.cpp."""

    def pool_rows(
        self, table: Floats2d, rows: Ints2d, lengths: Ints1d, *, mean: bool = False
    ) -> Floats2d:
        Y: Any = kernels.pool_rows(table, as_short(rows), lengths, mean)
        return super().pool_rows(table, rows, lengths, mean=mean) if Y is None else Y

    def backprop_pool_rows(
        self,
        dY: Floats2d,
        rows: Ints2d,
        lengths: Ints1d,
        gradient: Floats2d,
        *,
        mean: bool = False,
    ) -> None:
        if not kernels.backprop_pool_rows(dY, as_short(rows), lengths, gradient, mean):
            super().backprop_pool_rows(dY, rows, lengths, gradient, mean=mean)

    def hash_rows(self, ids: Ints1d, seed: int, nV: int) -> Ints2d:
        rows: Any = kernels.hash_rows(ids[:, None], seed, nV) if ids.ndim == 1 else None
        return super().hash_rows(ids, seed, nV) if rows is None else rows.astype("int64")
