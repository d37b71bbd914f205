"""Softmax over an axis and down each sequence, with its logarithm and gradients."""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np

from ..errors import DataError
from ..types import Floats2d, FloatsXd, Ints1d
from ._base import BaseOps
from ._elementwise import F, check_fits, delivered
from ._lengths import lengths_of_rows


class SoftmaxOps(BaseOps):
    """A row that holds a NaN, an infinity, or nothing but -inf comes out as NaN."""

    def softmax(
        self, x: F, *, inplace: bool = False, axis: int = -1, temperature: float = 1.0
    ) -> F:
        """exp(x / temperature), divided by its sum over ``axis``.

        Raises:
            DataError: ``temperature`` is not above zero.
        """
        _check_temperature(temperature)
        if x.size == 0:
            return delivered(x.copy(), x, inplace)
        powers = self.xp.exp((x - self._finite_max(x, axis)) / temperature)
        return delivered(powers / powers.sum(axis=axis, keepdims=True), x, inplace)

    def backprop_softmax(self, Y: F, dY: F, *, axis: int = -1, temperature: float = 1.0) -> F:
        """(Y dY - Y sum(Y dY)) / temperature, with ``Y`` the output of the softmax.

        Raises:
            BackpropError: ``dY`` and ``Y`` differ in shape.
            DataError: ``temperature`` is not above zero.
        """
        check_fits(dY, Y=Y)
        _check_temperature(temperature)
        weighted = Y * dY
        dX = (weighted - Y * weighted.sum(axis=axis, keepdims=True)) / temperature
        return delivered(dX, dY, False)

    def logsumexp(self, X: FloatsXd, *, axis: int = -1) -> FloatsXd:
        """log(sum(exp(X))) over ``axis``, which the result lacks; -inf where that is empty."""
        xp = self.xp
        if X.size == 0:
            return cast(FloatsXd, X.sum(axis=axis) - math.inf)
        high = xp.max(X, axis=axis, keepdims=True)
        below = xp.minimum(X - xp.where(xp.isfinite(high), high, 0), 0)
        # The largest adds 1 to the sum, unless it is -inf: then the logarithm must not matter.
        total = xp.maximum(xp.exp(below).sum(axis=axis), 1)
        return cast(FloatsXd, high.squeeze(axis) + xp.log(total))

    def log_softmax(self, X: F, *, axis: int = -1) -> F:
        """X - logsumexp(X): the logarithm of the softmax, exact where that is tiny."""
        if X.size == 0:
            return delivered(X.copy(), X, False)
        below = X - self._finite_max(X, axis)
        total = self.xp.log(self.xp.exp(below).sum(axis=axis, keepdims=True))
        return delivered(below - total, X, False)

    def softmax_sequences(
        self, Xs: Floats2d, lengths: Ints1d, *, inplace: bool = False
    ) -> Floats2d:
        """Softmax down each sequence, every column by itself.

        Shapes:
            Xs (sum(lengths), n); lengths (sequences,).

        Raises:
            RangeError: The lengths do not add up to the rows.
        """
        segments = _Segments(self, len(Xs), lengths)
        if Xs.size == 0:
            return delivered(Xs.copy(), Xs, inplace)
        powers = self.xp.exp(Xs - segments.max(Xs))
        return delivered(powers / segments.sum(powers), Xs, inplace)

    def backprop_softmax_sequences(self, dY: Floats2d, Y: Floats2d, lengths: Ints1d) -> Floats2d:
        """Y dY - Y sum(Y dY), with the sum taken down each sequence.

        Raises:
            BackpropError: ``dY`` and ``Y`` differ in shape.
            RangeError: The lengths do not add up to the rows.
        """
        check_fits(dY, Y=Y)
        segments = _Segments(self, len(Y), lengths)
        if Y.size == 0:
            return delivered(dY.copy(), dY, False)
        weighted = Y * dY
        return delivered(weighted - Y * segments.sum(weighted), dY, False)

    def _finite_max(self, X: Any, axis: int) -> Any:
        """The maximum over ``axis``, kept as an axis; NaN where it is infinite."""
        return _nan_for_infinite(self.xp, self.xp.max(X, axis=axis, keepdims=True))


class _Segments:
    """Sequences laid end to end; every row is answered with what its own sequence gives."""

    def __init__(self, ops: BaseOps, rows: int, lengths: Any) -> None:
        sizes = lengths_of_rows(lengths, rows)
        sizes = sizes[sizes > 0]
        ends = np.cumsum(sizes)
        self.xp = ops.xp
        self.longest = int(sizes.max(initial=0))
        self.rows: Any = ops.asarray(np.arange(rows))
        self.starts: Any = ops.asarray(ends - sizes)
        self.last_of_row: Any = ops.asarray(np.repeat(ends - 1, sizes))
        self.start_of_row: Any = ops.asarray(np.repeat(ends - sizes, sizes))
        self.sequence_of_row: Any = ops.asarray(np.repeat(np.arange(len(sizes)), sizes))

    def sum(self, X: Any) -> Any:
        """Each row replaced by the sum over its sequence."""
        return self.xp.add.reduceat(X, self.starts, axis=0)[self.sequence_of_row]

    def max(self, X: Any) -> Any:
        """Each row replaced by the maximum over its sequence; NaN where it is infinite."""
        # CuPy has no maximum.reduceat. After k rounds a row holds the maximum of itself and
        # the 2**k - 1 rows after it in its sequence, so log2(longest) rounds fill the first.
        xp, high, step = self.xp, X, 1
        while step < self.longest:
            high = xp.maximum(high, high[xp.minimum(self.rows + step, self.last_of_row)])
            step *= 2
        return _nan_for_infinite(xp, high[self.start_of_row])


def _nan_for_infinite(xp: Any, high: Any) -> Any:
    # inf - inf is a NaN with a warning; this is the NaN without it.
    return xp.where(xp.isfinite(high), high, np.nan)


def _check_temperature(temperature: float) -> None:
    if not temperature > 0:
        raise DataError("the temperature of a softmax is above zero", temperature=temperature)
