"""Attention and rotations, compiled."""

from __future__ import annotations

from typing import Any

from ...types import Floats3d, Floats4d, Ints1d
from .._native import kernels
from ..numpy_ops import NumpyOps
from .embedding import as_short


class NativeAttention(NumpyOps):
    """combinet.ops._attention by the kernels of _native/attention.cpp.

    What they give is laid out (batch, rows, heads, width); here it is seen as the others have it.
    """

    def attention(
        self,
        Q: Floats4d,
        K: Floats4d,
        V: Floats4d,
        mask: Any = None,
        *,
        rate: float = 0.0,
        key: int = 0,
        draw: int = 0,
    ) -> tuple[Floats4d, Floats4d]:
        result: Any = kernels.attention(Q, K, V, mask, (rate, key, draw) if rate else None)
        if result is None:
            return super().attention(Q, K, V, mask, rate=rate, key=key, draw=draw)
        Y, P = result
        return Y.swapaxes(1, 2), P

    def backprop_attention(
        self,
        dY: Floats4d,
        Q: Floats4d,
        K: Floats4d,
        V: Floats4d,
        P: Floats4d,
        *,
        rate: float = 0.0,
        key: int = 0,
        draw: int = 0,
    ) -> tuple[Floats4d, Floats4d, Floats4d]:
        drop = (rate, key, draw) if rate else None
        result: Any = kernels.backprop_attention(dY, Q, K, V, P, drop)
        if result is None:
            return super().backprop_attention(dY, Q, K, V, P, rate=rate, key=key, draw=draw)
        dQ, dK, dV = result
        return dQ.swapaxes(1, 2), dK.swapaxes(1, 2), dV.swapaxes(1, 2)

    def rotary(self, X: Floats3d, positions: Ints1d, *, period: float = 10000.0) -> Floats3d:
        Y: Any = kernels.rotary(X, as_short(positions), period, 1.0)
        return super().rotary(X, positions, period=period) if Y is None else Y

    def backprop_rotary(
        self, dY: Floats3d, positions: Ints1d, *, period: float = 10000.0
    ) -> Floats3d:
        dX: Any = kernels.rotary(dY, as_short(positions), period, -1.0)
        return super().backprop_rotary(dY, positions, period=period) if dX is None else dX
