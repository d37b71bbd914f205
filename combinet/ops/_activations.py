"""Smooth activations: the sigmoids, swish, dish, gelu, mish."""

from __future__ import annotations

import math
from typing import Any

from . import _erf
from ._elementwise import LARGEST_EXPONENT, F, check_fits, delivered, sigmoid_of
from ._piecewise import PiecewiseOps

# Beyond these the factor beside X has reached 0 or 1 in every floating type, so X may be
# bounded there: it keeps -inf * 0 from making a NaN, and squares from overflowing.
_NORMAL_BOUND = 40.0
_TANH_BOUND = 30.0
_DISH_BOUND = 1e18
_MISH_BOUND = 20.0

_GELU_SCALE = math.sqrt(2.0 / math.pi)
_GELU_CUBE = 0.044715


class ActivationOps(PiecewiseOps):
    """Each ``backprop_`` multiplies ``dY`` by the slope at ``X``; in place it overwrites ``dY``."""

    def sigmoid(self, X: F, *, inplace: bool = False) -> F:
        """1 / (1 + exp(-X))."""
        return delivered(sigmoid_of(self.xp, X), X, inplace)

    def backprop_sigmoid(self, dY: F, Y: F, *, inplace: bool = False) -> F:
        """``dY Y (1 - Y)``, with ``Y`` the output of the sigmoid."""
        check_fits(dY, Y=Y)
        return delivered(dY * (Y * (1.0 - _any(Y))), dY, inplace)

    def dsigmoid(self, Y: F, *, inplace: bool = False) -> F:
        """Y (1 - Y): the slope of a sigmoid whose output is ``Y``."""
        return delivered(Y * (1.0 - _any(Y)), Y, inplace)

    def dtanh(self, Y: F, *, inplace: bool = False) -> F:
        """1 - Y^2: the slope of a tanh whose output is ``Y``."""
        return delivered(1.0 - Y * Y, Y, inplace)

    def sechsq(self, X: F) -> F:
        """1 / cosh(X)^2, the slope of tanh."""
        # With u = exp(-|X|) it is 4 u^2 / (1 + u^2)^2, and u never overflows.
        square = self.xp.exp(-self.xp.abs(X)) ** 2
        return delivered(4.0 * square / (1.0 + square) ** 2, X, False)

    def erf(self, X: F) -> F:
        """The error function, to the last digit or two of the type of ``X``.

        Source: Cody, "Rational Chebyshev approximations for the error function" (1969).
        """
        return delivered(_erf.erf(self.xp, X), X, False)

    def swish(self, X: F, inplace: bool = False) -> F:
        """X sigmoid(X).

        Source: Ramachandran et al., "Searching for Activation Functions" (2017).
        """
        bound = LARGEST_EXPONENT[X.dtype.itemsize]
        return delivered(self.xp.maximum(X, -bound) * sigmoid_of(self.xp, X), X, inplace)

    def backprop_swish(self, dY: F, X: F, Y: F, inplace: bool = False) -> F:
        """``dY (s + Y (1 - s))``, with s = sigmoid(X) and ``Y`` the output of the swish."""
        check_fits(dY, X=X, Y=Y)
        gate = sigmoid_of(self.xp, X)
        bounded = self.xp.minimum(Y, LARGEST_EXPONENT[Y.dtype.itemsize])
        return delivered(dY * (gate + bounded * (1.0 - gate)), dY, inplace)

    def dish(self, X: F, inplace: bool = False) -> F:
        """X (1 + X / sqrt(1 + X^2)) / 2: like swish, without an exponential."""
        bounded = self.xp.clip(X, -_DISH_BOUND, _DISH_BOUND)
        # Where the gate has rounded to nothing, its product with -inf must not be a NaN.
        Y = self.xp.where(bounded < 0, bounded, X) * self._dish_gate(bounded)
        return delivered(Y, X, inplace)

    def backprop_dish(self, dY: F, X: F, inplace: bool = False) -> F:
        """``dY (g + X / (2 r^3))``, with r = sqrt(1 + X^2) and g = (1 + X / r) / 2."""
        check_fits(dY, X=X)
        bounded = self.xp.clip(X, -_DISH_BOUND, _DISH_BOUND)
        root = self.xp.sqrt(1.0 + bounded * bounded)
        slope = self._dish_gate(bounded) + 0.5 * (bounded / root / root / root)
        return delivered(dY * slope, dY, inplace)

    def gelu(self, X: F, inplace: bool = False) -> F:
        """X Phi(X), with Phi the distribution function of the standard normal.

        Source: Hendrycks and Gimpel, "Gaussian Error Linear Units" (2016), equation 1.
        """
        bounded = self.xp.maximum(X, -_NORMAL_BOUND)
        return delivered(bounded * _erf.normal_cdf(self.xp, X), X, inplace)

    def backprop_gelu(self, dY: F, X: F, inplace: bool = False) -> F:
        """``dY (Phi(X) + X phi(X))``, with phi the density of the standard normal."""
        check_fits(dY, X=X)
        bounded = self.xp.clip(X, -_NORMAL_BOUND, _NORMAL_BOUND)
        density = self.xp.exp(-0.5 * bounded * bounded) / math.sqrt(2.0 * math.pi)
        slope = _erf.normal_cdf(self.xp, bounded) + bounded * density
        return delivered(dY * slope, dY, inplace)

    def gelu_approx(self, X: F, inplace: bool = False) -> F:
        """X (1 + tanh(u)) / 2, with u = sqrt(2/pi) (X + 0.044715 X^3).

        Source: Hendrycks and Gimpel, "Gaussian Error Linear Units" (2016), section 2.
        """
        bounded = self.xp.clip(X, -_TANH_BOUND, _TANH_BOUND)
        return delivered(self.xp.maximum(X, -_TANH_BOUND) * self._tanh_gate(bounded), X, inplace)

    def backprop_gelu_approx(self, dY: F, X: F, inplace: bool = False) -> F:
        """``dY (g + 2 X g (1 - g) u')``, with g = (1 + tanh(u)) / 2."""
        check_fits(dY, X=X)
        bounded = self.xp.clip(X, -_TANH_BOUND, _TANH_BOUND)
        gate = self._tanh_gate(bounded)
        inner_slope = _GELU_SCALE * (1.0 + 3.0 * _GELU_CUBE * bounded * bounded)
        slope = gate + 2.0 * bounded * inner_slope * (gate * (1.0 - gate))
        return delivered(dY * slope, dY, inplace)

    def mish(self, X: F, threshold: float = 20.0, inplace: bool = False) -> F:
        """X tanh(log(1 + exp(X))), and ``X`` itself from ``threshold`` up.

        Source: Misra, "Mish: A Self Regularized Non-Monotonic Activation Function" (2019).
        """
        # tanh(log(1 + e)) is n / (n + 2) with n = e (e + 2).
        xp = self.xp
        e = xp.exp(xp.minimum(X, _MISH_BOUND))
        n = e * (e + 2.0)
        bounded = xp.maximum(X, -LARGEST_EXPONENT[X.dtype.itemsize])
        Y = xp.where(xp.greater_equal(X, threshold), X, bounded * (n / (n + 2.0)))
        return delivered(Y, X, inplace)

    def backprop_mish(self, dY: F, X: F, threshold: float = 20.0, inplace: bool = False) -> F:
        """``dY`` times the slope of mish; ``dY`` itself where X >= threshold.

        With e = exp(X) and n = e (e + 2) the slope is n / (n + 2) + 4 X e (1 + e) / (n + 2)^2.

        Raises:
            BackpropError: ``dY`` and ``X`` differ in shape.
        """
        check_fits(dY, X=X)
        xp = self.xp
        bound = LARGEST_EXPONENT[X.dtype.itemsize]
        e = xp.exp(xp.minimum(X, _MISH_BOUND))
        n = e * (e + 2.0)
        bounded = xp.clip(X, -bound, _MISH_BOUND)
        slope = n / (n + 2.0) + bounded * (4.0 * e * (1.0 + e) / (n + 2.0) ** 2)
        return delivered(dY * xp.where(xp.greater_equal(X, threshold), 1, slope), dY, inplace)

    def _dish_gate(self, X: Any) -> Any:
        """(1 + X / r) / 2 with r = sqrt(1 + X^2); for X < 0 it is 1 / (2 r (r - X))."""
        size = self.xp.abs(X)
        root = self.xp.sqrt(1.0 + size * size)
        both = root + size
        return self.xp.where(X < 0, 0.5 / (root * both), 0.5 * both / root)

    def _tanh_gate(self, X: Any) -> Any:
        """(1 + tanh(u)) / 2, which is sigmoid(2 u) and as such keeps its left tail."""
        return sigmoid_of(self.xp, 2.0 * _GELU_SCALE * (X + _GELU_CUBE * X * X * X))


def _any(array: Any) -> Any:
    """The array untyped: the protocol knows no subtraction from a number."""
    return array
