"""Normalization of rows, compiled."""

from __future__ import annotations

from typing import Any

from ...types import Floats1d
from .._elementwise import F
from .._native import kernels
from ..numpy_ops import NumpyOps


class NativeNorm(NumpyOps):
    """combinet.ops._norm and _rms_norm by the kernels of _native/norm.cpp."""

    def layer_norm(
        self, X: F, G: Floats1d, b: Floats1d, *, eps: float = 1e-8
    ) -> tuple[F, tuple[Any, Any]]:
        result: Any = kernels.layer_norm(X, G, b, eps)
        if result is None:
            return super().layer_norm(X, G, b, eps=eps)
        Y, mean, rstd = result
        return Y, (mean, rstd)

    def backprop_layer_norm(
        self, dY: F, X: F, G: Floats1d, stats: tuple[Any, Any], dG: Floats1d, db: Floats1d
    ) -> F:
        dX: Any = kernels.backprop_layer_norm(dY, X, G, *stats, dG, db)
        return super().backprop_layer_norm(dY, X, G, stats, dG, db) if dX is None else dX

    def rms_norm(self, X: F, G: Floats1d, *, eps: float = 1e-6) -> tuple[F, Any]:
        result: Any = kernels.rms_norm(X, G, eps)
        return super().rms_norm(X, G, eps=eps) if result is None else result

    def backprop_rms_norm(self, dY: F, X: F, G: Floats1d, scale: Any, dG: Floats1d) -> F:
        dX: Any = kernels.backprop_rms_norm(dY, X, G, scale, dG)
        return super().backprop_rms_norm(dY, X, G, scale, dG) if dX is None else dX
