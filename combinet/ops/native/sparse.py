"""Linear models over sparse features, compiled."""

from __future__ import annotations

from typing import Any

from ...types import Floats1d, Floats2d, Ints1d, Ints2d
from .._native import kernels
from ..numpy_ops import NumpyOps


class NativeSparse(NumpyOps):
    """combinet.ops._sparse by the kernels of _native/sparse.cpp."""

    def sparse_linear(
        self,
        W: Floats1d,
        b: Floats1d,
        keys: Ints1d,
        values: Floats1d,
        lengths: Ints1d,
        *,
        v1_indexing: bool = False,
    ) -> tuple[Floats2d, Ints2d]:
        result: Any = kernels.sparse_linear(W, b, keys, values, lengths, v1_indexing)
        if result is not None:
            return result  # type: ignore[no-any-return]
        return super().sparse_linear(W, b, keys, values, lengths, v1_indexing=v1_indexing)

    def backprop_sparse_linear(
        self,
        dY: Floats2d,
        W: Floats1d,
        dW: Floats1d,
        buckets: Ints2d,
        values: Floats1d,
        lengths: Ints1d,
        *,
        v1_indexing: bool = False,
        need_dX: bool = True,
    ) -> Floats1d | None:
        args = (dY, W, dW, buckets, values, lengths)
        result: Any = kernels.backprop_sparse_linear(*args, v1_indexing, need_dX)
        if result is not None:
            return result[0]  # type: ignore[no-any-return]
        return super().backprop_sparse_linear(*args, v1_indexing=v1_indexing, need_dX=need_dX)
