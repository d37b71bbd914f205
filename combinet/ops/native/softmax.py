"""Softmax, compiled."""

from __future__ import annotations

from typing import Any

from ...types import Floats2d, Ints1d
from .._elementwise import F
from .._native import kernels
from ..numpy_ops import NumpyOps


class NativeSoftmax(NumpyOps):
    """combinet.ops._softmax by the kernels of _native/softmax.cpp, along rows."""

    def softmax(
        self, x: F, *, inplace: bool = False, axis: int = -1, temperature: float = 1.0
    ) -> F:
        of_rows = axis in (-1, x.ndim - 1)
        Y: Any = kernels.softmax(x, temperature, x if inplace else None) if of_rows else None
        if Y is None:
            return super().softmax(x, inplace=inplace, axis=axis, temperature=temperature)
        return Y  # type: ignore[no-any-return]

    def backprop_softmax(self, Y: F, dY: F, *, axis: int = -1, temperature: float = 1.0) -> F:
        of_rows = axis in (-1, Y.ndim - 1)
        dX: Any = kernels.backprop_softmax(Y, dY, temperature) if of_rows else None
        if dX is None:
            return super().backprop_softmax(Y, dY, axis=axis, temperature=temperature)
        return dX  # type: ignore[no-any-return]

    def softmax_sequences(
        self, Xs: Floats2d, lengths: Ints1d, *, inplace: bool = False
    ) -> Floats2d:
        Y: Any = kernels.softmax_sequences(Xs, lengths, Xs if inplace else None)
        return super().softmax_sequences(Xs, lengths, inplace=inplace) if Y is None else Y

    def backprop_softmax_sequences(self, dY: Floats2d, Y: Floats2d, lengths: Ints1d) -> Floats2d:
        dX: Any = kernels.backprop_softmax_sequences(dY, Y, lengths)
        return super().backprop_softmax_sequences(dY, Y, lengths) if dX is None else dX
