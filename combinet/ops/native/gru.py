"""The GRU, compiled."""

from __future__ import annotations

from typing import Any

from ...types import Floats2d, Floats3d, Floats4d, Ints1d
from .._native import kernels
from ..numpy_ops import NumpyOps


class NativeGRU(NumpyOps):
    """combinet.ops._gru by the kernels of _native/gru.cpp: all steps in a call."""

    def gru(
        self,
        Wx: Floats4d,
        bx: Floats3d,
        Wh: Floats4d,
        bh: Floats3d,
        H0: Floats2d,
        X: Floats2d,
        size_at_t: Ints1d,
    ) -> tuple[Floats2d, tuple[Any, ...]]:
        result: Any = kernels.gru(Wx, bx, Wh, bh, H0, X, size_at_t)
        return super().gru(Wx, bx, Wh, bh, H0, X, size_at_t) if result is None else result

    def backprop_gru(
        self,
        dY: Floats2d,
        Wx: Floats4d,
        Wh: Floats4d,
        H0: Floats2d,
        X: Floats2d,
        size_at_t: Ints1d,
        state: tuple[Any, ...],
    ) -> tuple[Floats2d, Floats4d, Floats3d, Floats4d, Floats3d, Floats2d]:
        args = (dY, Wx, Wh, H0, X, size_at_t, state)
        result: Any = kernels.backprop_gru(*args)
        return super().backprop_gru(*args) if result is None else result
