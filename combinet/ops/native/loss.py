"""The loss of a classifier, compiled."""

from __future__ import annotations

from typing import Any

from ...types import ArrayXd, Floats2d
from .._native import kernels
from ..numpy_ops import NumpyOps


class NativeLoss(NumpyOps):
    """combinet.ops._cross_entropy by the kernels of _native/loss.cpp."""

    def cross_entropy(
        self, guesses: Floats2d, truths: ArrayXd, divisor: float
    ) -> tuple[Floats2d, float] | None:
        result: Any = kernels.cross_entropy(guesses, truths, divisor)
        return super().cross_entropy(guesses, truths, divisor) if result is None else result
