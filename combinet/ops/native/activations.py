"""Activations, compiled."""

from __future__ import annotations

from typing import Any

from .._elementwise import F
from .._native import kernels
from ..numpy_ops import NumpyOps

_NONE = (0.0, 0.0, 0.0, 0.0)  # slope, offset, low, high: of no account


class NativeActivations(NumpyOps):
    """combinet.ops._activations and _piecewise by the kernels of _native/activations.cpp."""

    def relu(self, X: F, inplace: bool = False) -> F:
        Y: Any = kernels.activation("relu", X, X if inplace else None, *_NONE)
        return super().relu(X, inplace) if Y is None else Y

    def backprop_relu(self, dY: F, Y: F, inplace: bool = False) -> F:
        out = dY if inplace else None
        dX: Any = kernels.backprop_activation("relu", dY, None, Y, out, *_NONE)
        return super().backprop_relu(dY, Y, inplace) if dX is None else dX

    def clipped_linear(
        self,
        X: F,
        slope: float = 1.0,
        offset: float = 0.0,
        min_val: float = 0.0,
        max_val: float = 1.0,
        inplace: bool = False,
    ) -> F:
        line = slope, offset, min_val, max_val
        Y: Any = kernels.activation("clipped_linear", X, X if inplace else None, *line)
        return super().clipped_linear(X, *line, inplace) if Y is None else Y

    def backprop_clipped_linear(
        self,
        dY: F,
        X: F,
        slope: float = 1.0,
        offset: float = 0.0,
        min_val: float = 0.0,
        max_val: float = 1.0,
        inplace: bool = False,
    ) -> F:
        line, out = (slope, offset, min_val, max_val), dY if inplace else None
        dX: Any = kernels.backprop_activation("clipped_linear", dY, X, None, out, *line)
        return super().backprop_clipped_linear(dY, X, *line, inplace) if dX is None else dX

    def hard_swish(self, X: F, inplace: bool = False) -> F:
        Y: Any = kernels.activation("hard_swish", X, X if inplace else None, 0, 0, 0, 2.5)
        return super().hard_swish(X, inplace) if Y is None else Y

    def backprop_hard_swish(self, dY: F, X: F, inplace: bool = False) -> F:
        out = dY if inplace else None
        dX: Any = kernels.backprop_activation("hard_swish", dY, X, None, out, 0, 0, 0, 2.5)
        return super().backprop_hard_swish(dY, X, inplace) if dX is None else dX

    def hard_swish_mobilenet(self, X: F, inplace: bool = False) -> F:
        Y: Any = kernels.activation("hard_swish", X, X if inplace else None, 0, 0, 0, 3)
        return super().hard_swish_mobilenet(X, inplace) if Y is None else Y

    def backprop_hard_swish_mobilenet(self, dY: F, X: F, inplace: bool = False) -> F:
        out = dY if inplace else None
        dX: Any = kernels.backprop_activation("hard_swish", dY, X, None, out, 0, 0, 0, 3)
        return super().backprop_hard_swish_mobilenet(dY, X, inplace) if dX is None else dX

    def sigmoid(self, X: F, *, inplace: bool = False) -> F:
        Y: Any = kernels.activation("sigmoid", X, X if inplace else None, *_NONE)
        return super().sigmoid(X, inplace=inplace) if Y is None else Y

    def backprop_sigmoid(self, dY: F, Y: F, *, inplace: bool = False) -> F:
        out = dY if inplace else None
        dX: Any = kernels.backprop_activation("sigmoid", dY, None, Y, out, *_NONE)
        return super().backprop_sigmoid(dY, Y, inplace=inplace) if dX is None else dX

    def swish(self, X: F, inplace: bool = False) -> F:
        Y: Any = kernels.activation("swish", X, X if inplace else None, *_NONE)
        return super().swish(X, inplace) if Y is None else Y

    def backprop_swish(self, dY: F, X: F, Y: F, inplace: bool = False) -> F:
        out = dY if inplace else None
        dX: Any = kernels.backprop_activation("swish", dY, X, Y, out, *_NONE)
        return super().backprop_swish(dY, X, Y, inplace) if dX is None else dX

    def dish(self, X: F, inplace: bool = False) -> F:
        Y: Any = kernels.activation("dish", X, X if inplace else None, *_NONE)
        return super().dish(X, inplace) if Y is None else Y

    def backprop_dish(self, dY: F, X: F, inplace: bool = False) -> F:
        out = dY if inplace else None
        dX: Any = kernels.backprop_activation("dish", dY, X, None, out, *_NONE)
        return super().backprop_dish(dY, X, inplace) if dX is None else dX

    def gelu(self, X: F, inplace: bool = False) -> F:
        Y: Any = kernels.activation("gelu", X, X if inplace else None, *_NONE)
        return super().gelu(X, inplace) if Y is None else Y

    def backprop_gelu(self, dY: F, X: F, inplace: bool = False) -> F:
        out = dY if inplace else None
        dX: Any = kernels.backprop_activation("gelu", dY, X, None, out, *_NONE)
        return super().backprop_gelu(dY, X, inplace) if dX is None else dX

    def gelu_approx(self, X: F, inplace: bool = False) -> F:
        Y: Any = kernels.activation("gelu_approx", X, X if inplace else None, *_NONE)
        return super().gelu_approx(X, inplace) if Y is None else Y

    def backprop_gelu_approx(self, dY: F, X: F, inplace: bool = False) -> F:
        out = dY if inplace else None
        dX: Any = kernels.backprop_activation("gelu_approx", dY, X, None, out, *_NONE)
        return super().backprop_gelu_approx(dY, X, inplace) if dX is None else dX

    def mish(self, X: F, threshold: float = 20.0, inplace: bool = False) -> F:
        Y: Any = kernels.activation("mish", X, X if inplace else None, 0, 0, 0, threshold)
        return super().mish(X, threshold, inplace) if Y is None else Y

    def backprop_mish(self, dY: F, X: F, threshold: float = 20.0, inplace: bool = False) -> F:
        out = dY if inplace else None
        dX: Any = kernels.backprop_activation("mish", dY, X, None, out, 0, 0, 0, threshold)
        return super().backprop_mish(dY, X, threshold, inplace) if dX is None else dX
