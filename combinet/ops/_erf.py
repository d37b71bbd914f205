"""The error function and the normal distribution in plain array code.

Source: W. J. Cody, "Rational Chebyshev approximations for the error function",
Mathematics of Computation 23 (1969), 631-637; the coefficients of his CALERF. Three rational
functions, each used where it holds: erf up to 0.46875, then erfc up to 4, then erfc beyond.
Coefficients run from the highest power to the lowest.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

_NEAR = 0.46875
_FAR = 4.0

_NEAR_P = (
    1.85777706184603153e-1, 3.16112374387056560e0, 1.13864154151050156e2,
    3.77485237685302021e2, 3.20937758913846947e3,
)  # fmt: skip
_NEAR_Q = (
    1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3,
    2.84423683343917062e3,
)  # fmt: skip
_MIDDLE_P = (
    2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0,
    6.61191906371416295e1, 2.98635138197400131e2, 8.81952221241769090e2,
    1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3,
)  # fmt: skip
_MIDDLE_Q = (
    1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2,
    1.62138957456669019e3, 3.29079923573345963e3, 4.36261909014324716e3,
    3.43936767414372164e3, 1.23033935480374942e3,
)  # fmt: skip
_FAR_P = (
    1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1,
    1.25781726111229246e-1, 1.60837851487422766e-2, 6.58749161529837803e-4,
)  # fmt: skip
_FAR_Q = (
    1.0, 2.56852019228982242e0, 1.87295284992346047e0, 5.27905102951428412e-1,
    6.05183413124413191e-2, 2.33520497626869185e-3,
)  # fmt: skip


def erf(xp: Any, X: Any) -> Any:
    """2/sqrt(pi) times the integral of exp(-t^2) from 0 to X."""
    size = xp.abs(X)
    tail = xp.copysign(1.0 - _erfc_beyond_near(xp, size), X)
    return xp.where(size <= _NEAR, _erf_near(xp, X), tail)


def normal_cdf(xp: Any, X: Any) -> Any:
    """The chance that a standard normal number is below X: erfc(-X / sqrt(2)) / 2.

    The far left keeps its relative accuracy, which (1 + erf) / 2 loses by cancellation.
    """
    Z = X * math.sqrt(0.5)
    size = xp.abs(Z)
    tail = 0.5 * _erfc_beyond_near(xp, size)
    outer = xp.where(Z < 0, tail, 1.0 - tail)
    return xp.where(size <= _NEAR, 0.5 + 0.5 * _erf_near(xp, Z), outer)


def _erf_near(xp: Any, X: Any) -> Any:
    """erf(X), right where its size is at most 0.46875."""
    near = xp.clip(X, -_NEAR, _NEAR)
    square = near * near
    return near * (_polynomial(_NEAR_P, square) / _polynomial(_NEAR_Q, square))


def _erfc_beyond_near(xp: Any, size: Any) -> Any:
    """erfc(size), right for size >= 0.46875."""
    size = xp.minimum(size, 30.0)  # erfc(30) is zero in any of our types, 30**2 is not infinite
    middle = _polynomial(_MIDDLE_P, size) / _polynomial(_MIDDLE_Q, size)
    far = xp.maximum(size, _FAR)
    inverse = 1.0 / (far * far)
    ratio = _polynomial(_FAR_P, inverse) / _polynomial(_FAR_Q, inverse)
    far = (1.0 / math.sqrt(math.pi) - inverse * ratio) / far
    return xp.exp(-size * size) * xp.where(size <= _FAR, middle, far)


def _polynomial(coefficients: Sequence[float], X: Any) -> Any:
    """Horner's rule, in one array: fresh memory would cost more than the arithmetic."""
    total = X * coefficients[0]
    total += coefficients[1]
    for coefficient in coefficients[2:]:
        total *= X
        total += coefficient
    return total
