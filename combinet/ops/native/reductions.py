"""Reductions of sequences, compiled."""

from __future__ import annotations

from typing import Any

from ...types import Floats2d, Ints1d, Ints2d
from .._native import kernels
from ..numpy_ops import NumpyOps


class NativeReductions(NumpyOps):
    """combinet.ops._reductions by the kernels of _native/reductions.cpp."""

    def reduce_sum(self, X: Floats2d, lengths: Ints1d) -> Floats2d:
        Y: Any = kernels.reduce_sum(X, lengths, False)
        return super().reduce_sum(X, lengths) if Y is None else Y

    def backprop_reduce_sum(self, d_sums: Floats2d, lengths: Ints1d) -> Floats2d:
        dX: Any = kernels.backprop_reduce_sum(d_sums, lengths, False)
        return super().backprop_reduce_sum(d_sums, lengths) if dX is None else dX

    def reduce_mean(self, X: Floats2d, lengths: Ints1d) -> Floats2d:
        Y: Any = kernels.reduce_sum(X, lengths, True)
        return super().reduce_mean(X, lengths) if Y is None else Y

    def backprop_reduce_mean(self, d_means: Floats2d, lengths: Ints1d) -> Floats2d:
        dX: Any = kernels.backprop_reduce_sum(d_means, lengths, True)
        return super().backprop_reduce_mean(d_means, lengths) if dX is None else dX

    def reduce_max(self, X: Floats2d, lengths: Ints1d) -> tuple[Floats2d, Ints2d]:
        result: Any = kernels.reduce_max(X, lengths)
        return super().reduce_max(X, lengths) if result is None else result
