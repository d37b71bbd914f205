"""The LSTM, compiled."""

from __future__ import annotations

from typing import Any

from ...types import Floats1d, Floats2d, Floats3d, Ints1d
from .._native import kernels
from ..numpy_ops import NumpyOps


class NativeLSTM(NumpyOps):
    """combinet.ops._lstm by the kernels of _native/lstm.cpp: all layers and steps in a call."""

    def lstm_forward_inference(
        self, params: Floats1d, H0: Floats3d, C0: Floats3d, X: Floats2d, size_at_t: Ints1d
    ) -> Floats2d:
        result: Any = kernels.lstm(params, H0, C0, X, size_at_t)
        if result is None:
            return super().lstm_forward_inference(params, H0, C0, X, size_at_t)
        return result[0]  # type: ignore[no-any-return]

    def lstm_forward_training(
        self, params: Floats1d, H0: Floats3d, C0: Floats3d, X: Floats2d, size_at_t: Ints1d
    ) -> tuple[Floats2d, tuple[Any, ...]]:
        result: Any = kernels.lstm(params, H0, C0, X, size_at_t)
        if result is None:
            return super().lstm_forward_training(params, H0, C0, X, size_at_t)
        out, Y, G, C = result
        return out, (Y, G, C, X, H0, C0)

    def backprop_lstm_with_states(
        self, dY: Floats2d, size_at_t: Ints1d, params: Floats1d, fwd_state: tuple[Any, ...]
    ) -> tuple[Floats2d, Floats1d, Floats3d, Floats3d]:
        Y, G, C, X, H0, C0 = fwd_state
        result: Any = kernels.backprop_lstm(dY, params, H0, C0, X, size_at_t, Y, G, C)
        if result is None:
            return super().backprop_lstm_with_states(dY, size_at_t, params, fwd_state)
        return result  # type: ignore[no-any-return]
