"""Activations made of straight lines and parabolas: relu, clipped lines, hard swish."""

from __future__ import annotations

from typing import Any

from ._base import BaseOps
from ._elementwise import F, check_fits, cleared, delivered


class PiecewiseOps(BaseOps):
    """Each ``backprop_`` multiplies ``dY`` by the slope at ``X``; in place it overwrites ``dY``."""

    def relu(self, X: F, inplace: bool = False) -> F:
        """max(X, 0)."""
        return delivered(self.xp.maximum(X, 0), X, inplace)

    def backprop_relu(self, dY: F, Y: F, inplace: bool = False) -> F:
        """``dY`` where the output ``Y`` is above zero.

        Raises:
            BackpropError: ``dY`` and ``Y`` differ in shape.
        """
        check_fits(dY, Y=Y)
        return delivered(cleared(dY, self.xp.less_equal(Y, 0)), dY, inplace)

    def clipped_linear(
        self,
        X: F,
        slope: float = 1.0,
        offset: float = 0.0,
        min_val: float = 0.0,
        max_val: float = 1.0,
        inplace: bool = False,
    ) -> F:
        """clip(slope X + offset, min_val, max_val)."""
        return delivered(self.xp.clip(X * slope + offset, min_val, max_val), X, inplace)

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
        """``slope dY`` where the line runs strictly between its two limits, else zero.

        Raises:
            BackpropError: ``dY`` and ``X`` differ in shape.
        """
        check_fits(dY, X=X)
        line = X * slope + offset
        clipped = (line <= min_val) | (line >= max_val)
        return delivered(cleared(dY * slope, clipped), dY, inplace)

    def relu_k(self, X: F, n: float = 6.0, inplace: bool = False) -> F:
        """clip(X, 0, n).

        Source: Krizhevsky, "Convolutional Deep Belief Networks on CIFAR-10" (2010), n = 6.
        """
        return self.clipped_linear(X, max_val=n, inplace=inplace)

    def backprop_relu_k(self, dY: F, X: F, n: float = 6.0, inplace: bool = False) -> F:
        """``dY`` where 0 < X < n."""
        return self.backprop_clipped_linear(dY, X, max_val=n, inplace=inplace)

    def hard_sigmoid(self, X: F, inplace: bool = False) -> F:
        """clip(0.2 X + 0.5, 0, 1)."""
        return self.clipped_linear(X, 0.2, 0.5, inplace=inplace)

    def backprop_hard_sigmoid(self, dY: F, X: F, inplace: bool = False) -> F:
        """``0.2 dY`` where -2.5 < X < 2.5."""
        return self.backprop_clipped_linear(dY, X, 0.2, 0.5, inplace=inplace)

    def hard_tanh(self, X: F, inplace: bool = False) -> F:
        """clip(X, -1, 1)."""
        return self.clipped_linear(X, min_val=-1.0, inplace=inplace)

    def backprop_hard_tanh(self, dY: F, X: F, inplace: bool = False) -> F:
        """``dY`` where -1 < X < 1."""
        return self.backprop_clipped_linear(dY, X, min_val=-1.0, inplace=inplace)

    def hard_swish(self, X: F, inplace: bool = False) -> F:
        """X clip(0.2 X + 0.5, 0, 1)."""
        return delivered(_hard_swish(self.xp, X, 2.5), X, inplace)

    def backprop_hard_swish(self, dY: F, X: F, inplace: bool = False) -> F:
        """``dY`` times 0 below -2.5, 1 above 2.5, and 0.4 X + 0.5 between."""
        check_fits(dY, X=X)
        return delivered(dY * _hard_swish_slope(self.xp, X, 2.5), dY, inplace)

    def hard_swish_mobilenet(self, X: F, inplace: bool = False) -> F:
        """X relu6(X + 3) / 6.

        Source: Howard et al., "Searching for MobileNetV3" (2019), section 5.2.
        """
        return delivered(_hard_swish(self.xp, X, 3.0), X, inplace)

    def backprop_hard_swish_mobilenet(self, dY: F, X: F, inplace: bool = False) -> F:
        """``dY`` times 0 below -3, 1 above 3, and X / 3 + 0.5 between."""
        check_fits(dY, X=X)
        return delivered(dY * _hard_swish_slope(self.xp, X, 3.0), dY, inplace)


def _hard_swish(xp: Any, X: Any, bound: float) -> Any:
    """X times a line that climbs from 0 at -bound to 1 at bound."""
    # Below -bound the gate is shut: cutting X there keeps -inf * 0 from making a NaN.
    return xp.maximum(X, -bound) * xp.clip(X / (2.0 * bound) + 0.5, 0.0, 1.0)


def _hard_swish_slope(xp: Any, X: Any, bound: float) -> Any:
    line = X / bound
    return xp.where(line < -1, 0, xp.where(line > 1, 1, line + 0.5))
