"""Runs of dense layers, and maxout with what stands around it, compiled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...types import Floats1d, Floats2d, Floats3d, Ints1d
from .._fused import Drop
from .._native import kernels
from ..dense_stack import DenseStack
from ..numpy_ops import NumpyOps

_UNFIT = "unfit"  # what a stack keeps that the kernels cannot take


class NativeFused(NumpyOps):
    """combinet.ops._fused by the kernels of _native/dense.cpp and _native/maxout.cpp.

    What a forward saved, only the backward of the same way understands: a kernel's is bytes.
    """

    def dense_stack(
        self,
        X: Floats2d,
        stack: DenseStack,
        drops: Sequence[Drop] | None = None,
        keep: bool = True,
    ) -> tuple[Floats2d, Any]:
        if stack.native is None:
            parts = (stack.weights, stack.biases, stack.activations)
            stack.native = kernels.prepare_dense(*parts) or _UNFIT
        result: Any = None
        if stack.native is not _UNFIT:
            result = kernels.dense_stack(stack.native, X, drops, keep)
        return super().dense_stack(X, stack, drops, keep) if result is None else result

    def backprop_dense_stack(
        self,
        dY: Floats2d,
        X: Floats2d,
        Y: Floats2d,
        saved: Any,
        stack: DenseStack,
        drops: Sequence[Drop] | None,
        gradients: Sequence[tuple[Floats2d, Floats1d]],
        need_dX: bool = True,
    ) -> Floats2d | None:
        if isinstance(saved, list):
            return super().backprop_dense_stack(dY, X, Y, saved, stack, drops, gradients, need_dX)
        args = (stack.native, dY, X, Y, saved, drops, gradients, need_dX)
        result: Any = kernels.backprop_dense_stack(*args)
        if result is None:  # a strided gradient, say: the forward is run again for the reference
            _, saved = super().dense_stack(X, stack, drops)
            return super().backprop_dense_stack(dY, X, Y, saved, stack, drops, gradients, need_dX)
        return result[0]  # type: ignore[no-any-return]

    def maxout_norm(
        self,
        X: Floats2d,
        W: Floats3d,
        b: Floats2d,
        G: Floats1d | None = None,
        c: Floats1d | None = None,
        *,
        window: int = 0,
        lengths: Ints1d | None = None,
        drop: Drop = None,
        residual: bool = False,
        keep: bool = True,
    ) -> tuple[Floats2d, Any]:
        result: Any = kernels.maxout_norm(X, W, b, G, c, window, lengths, drop, residual, keep)
        if result is not None:
            return result  # type: ignore[no-any-return]
        how: Any = {"window": window, "lengths": lengths, "drop": drop, "residual": residual}
        return super().maxout_norm(X, W, b, G, c, keep=keep, **how)

    def backprop_maxout_norm(
        self,
        dY: Floats2d,
        X: Floats2d,
        saved: Any,
        W: Floats3d,
        b: Floats2d,
        G: Floats1d | None,
        c: Floats1d | None,
        gradients: tuple[Floats3d, Floats2d, Floats1d | None, Floats1d | None],
        *,
        window: int = 0,
        lengths: Ints1d | None = None,
        drop: Drop = None,
        residual: bool = False,
        need_dX: bool = True,
    ) -> Floats2d | None:
        how: Any = {"window": window, "lengths": lengths, "drop": drop, "residual": residual}
        if not isinstance(saved, tuple):
            result: Any = kernels.backprop_maxout_norm(
                dY, X, saved, W, b, G, c, gradients, window, lengths, drop, residual, need_dX
            )
            if result is not None:
                return result[0]  # type: ignore[no-any-return]
            _, saved = super().maxout_norm(X, W, b, G, c, **how)
        return super().backprop_maxout_norm(
            dY, X, saved, W, b, G, c, gradients, need_dX=need_dX, **how
        )
