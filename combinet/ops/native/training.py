"""Dropout, compiled."""

from __future__ import annotations

from typing import Any

from .._elementwise import F
from .._native import kernels
from ..numpy_ops import NumpyOps


class NativeTraining(NumpyOps):
    """combinet.ops._training by the kernels of _native/dropout.cpp."""

    def dropout(self, X: F, rate: float, key: int, draw: int) -> F:
        Y: Any = kernels.dropout(X, rate, key, draw)
        return super().dropout(X, rate, key, draw) if Y is None else Y
