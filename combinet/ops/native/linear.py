"""Matrix products and sums of rows, compiled."""

from __future__ import annotations

from typing import Any

from ...types import Floats1d, Floats2d, FloatsXd
from .._native import kernels
from ..numpy_ops import NumpyOps


class NativeLinear(NumpyOps):
    """combinet.ops._linear by the kernels of _native/linear.cpp."""

    def gemm(
        self,
        x: Floats2d,
        y: Floats2d,
        out: Floats2d | None = None,
        trans1: bool = False,
        trans2: bool = False,
    ) -> Floats2d:
        result: Any = kernels.gemm(x, y, out, trans1, trans2, False)
        return super().gemm(x, y, out, trans1, trans2) if result is None else result

    def add_gemm(
        self, out: Floats2d, x: Floats2d, y: Floats2d, trans1: bool = False, trans2: bool = False
    ) -> Floats2d:
        result: Any = kernels.gemm(x, y, out, trans1, trans2, True)
        return super().add_gemm(out, x, y, trans1, trans2) if result is None else result

    def affine(self, X: Floats2d, W: Floats2d, b: Floats1d) -> Floats2d:
        Y: Any = kernels.affine(X, W, b)
        return super().affine(X, W, b) if Y is None else Y

    def add_sum_rows(self, out: FloatsXd, X: FloatsXd) -> FloatsXd:
        return out if kernels.add_sum_rows(out, X) else super().add_sum_rows(out, X)
