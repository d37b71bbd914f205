"""Maxout by itself, compiled."""

from __future__ import annotations

from typing import Any

from ...types import Floats2d, Floats3d, Ints2d
from .._native import kernels
from ..numpy_ops import NumpyOps


class NativeMaxout(NumpyOps):
    """combinet.ops._maxout by the kernels of _native/pieces.cpp."""

    def maxout(self, X: Floats3d) -> tuple[Floats2d, Ints2d]:
        result: Any = kernels.maxout(X)
        return super().maxout(X) if result is None else result

    def backprop_maxout(self, dY: Floats2d, which: Ints2d, P: int) -> Floats3d:
        dX: Any = kernels.backprop_maxout(dY, which, P)
        return super().backprop_maxout(dY, which, P) if dX is None else dX
