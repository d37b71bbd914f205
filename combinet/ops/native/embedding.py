"""Embedding tables, compiled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...types import Floats2d, FloatsXd, Ints2d, Ints3d, IntsXd
from .._native import kernels
from ..numpy_ops import NumpyOps


class NativeEmbedding(NumpyOps):
    """combinet.ops._lookup and _embedding by the kernels of _native/embedding.cpp."""

    def gather_add(self, table: Floats2d, indices: Ints2d) -> Floats2d:
        Y: Any = kernels.gather_add(table, as_short(indices))
        return super().gather_add(table, indices) if Y is None else Y

    def scatter_add(self, table: FloatsXd, indices: IntsXd, values: FloatsXd) -> FloatsXd:
        done = kernels.scatter_add(table, as_short(indices), values)
        return table if done else super().scatter_add(table, indices, values)

    def hash_embed(
        self,
        tables: Sequence[Floats2d],
        ids: Ints2d,
        columns: Sequence[int],
        seeds: Sequence[int],
    ) -> tuple[Floats2d, Ints3d]:
        result: Any = kernels.hash_embed(tables, ids, columns, seeds)
        return super().hash_embed(tables, ids, columns, seeds) if result is None else result

    def backprop_hash_embed(
        self, dY: Floats2d, rows: Ints3d, gradients: Sequence[Floats2d]
    ) -> None:
        if not kernels.backprop_hash_embed(dY, rows, gradients):
            super().backprop_hash_embed(dY, rows, gradients)


def as_short(indices: Any) -> Any:
    """Indices as int32, where they are ints that could not be of another size."""
    if getattr(indices, "dtype", None) != "int64":
        return indices
    short = indices.astype("int32")
    return short if (short == indices).all() else indices
