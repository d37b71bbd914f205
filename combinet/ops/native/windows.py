"""Windows, compiled."""

from __future__ import annotations

from typing import Any

from ...types import Floats2d, Ints1d
from .._native import kernels
from ..numpy_ops import NumpyOps


class NativeWindows(NumpyOps):
    """The windows of combinet.ops._sequences by the kernels of _native/windows.cpp."""

    def seq2col(self, seq: Floats2d, nW: int, *, lengths: Ints1d | None = None) -> Floats2d:
        V: Any = kernels.seq2col(seq, nW, lengths)
        return super().seq2col(seq, nW, lengths=lengths) if V is None else V

    def backprop_seq2col(self, dY: Floats2d, nW: int, *, lengths: Ints1d | None = None) -> Floats2d:
        dX: Any = kernels.backprop_seq2col(dY, nW, lengths)
        return super().backprop_seq2col(dY, nW, lengths=lengths) if dX is None else dX
