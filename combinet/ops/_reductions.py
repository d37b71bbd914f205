"""One row for each sequence: its sum, mean, largest, first or last."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from ..errors import DTypeError, RangeError, ShapeError
from ..types import Floats2d, Ints1d, Ints2d
from ._base import BaseOps
from ._lengths import as_indices, as_lengths, filled_lengths, lengths_of_rows, owners_of, starts_of


class ReductionOps(BaseOps):
    """Over the rows of sequences that lie end to end: (N, O) and lengths (B,) to (B, O).

    Every one raises RangeError if the lengths do not add up to N, ShapeError if one is
    negative, and those that need a row in every sequence also if one is zero.
    """

    def reduce_sum(self, X: Floats2d, lengths: Ints1d) -> Floats2d:
        """The sum of each sequence's rows; zeros for an empty one."""
        self._check_2d(X=X)
        host = lengths_of_rows(lengths, len(X))
        Y: Any = self.alloc((len(host), X.shape[1]), dtype=X.dtype)
        if len(X):
            filled = np.flatnonzero(host)
            starts = self.xp.asarray(starts_of(host)[filled])
            sums = self.xp.add.reduceat(X, starts, axis=0)
            Y[self.xp.asarray(filled)] = sums
        return cast(Floats2d, Y)

    def backprop_reduce_sum(self, d_sums: Floats2d, lengths: Ints1d) -> Floats2d:
        """Each row gets the gradient of its sequence's sum."""
        host = self._one_row_each(d_sums, as_lengths(lengths))
        return cast(Floats2d, self.xp.take(d_sums, self.xp.asarray(owners_of(host)), axis=0))

    def reduce_mean(self, X: Floats2d, lengths: Ints1d) -> Floats2d:
        """The mean of each sequence's rows; zeros for an empty one."""
        Y: Any = self.reduce_sum(X, lengths)
        self.xp.divide(Y, self._divisors(X, lengths), out=Y)
        return cast(Floats2d, Y)

    def backprop_reduce_mean(self, d_means: Floats2d, lengths: Ints1d) -> Floats2d:
        """Each row gets its share of the gradient of its sequence's mean."""
        self._one_row_each(d_means, as_lengths(lengths))
        shares = d_means / self._divisors(d_means, lengths)
        return self.backprop_reduce_sum(shares, lengths)

    def reduce_max(self, X: Floats2d, lengths: Ints1d) -> tuple[Floats2d, Ints2d]:
        """The largest of each column in each sequence, and the row in it that has it.

        Returns:
            The maxima, and which row of the sequence each stands in: the first, on ties.
            A NaN makes its maximum NaN, with any row.
        """
        self._check_2d(X=X)
        host = filled_lengths(lengths, len(X))
        order = np.argsort(-host, kind="stable")
        starts, falling = starts_of(host)[order], host[order]
        best: Any = X[self.xp.asarray(starts)]
        which: Any = self.xp.zeros(best.shape, dtype="int32")
        for step in range(1, int(falling[0]) if len(falling) else 0):
            running = int(np.searchsorted(-falling, -step))  # sequences longer than step
            rows = X[self.xp.asarray(starts[:running] + step)]
            which[:running][rows > best[:running]] = step
            self.xp.maximum(best[:running], rows, out=best[:running])
        places = self.xp.asarray(np.argsort(order))
        return cast(Floats2d, best[places]), cast(Ints2d, which[places])

    def backprop_reduce_max(self, d_maxes: Floats2d, which: Ints2d, lengths: Ints1d) -> Floats2d:
        """The gradient of each maximum goes to the row that it stood in.

        Raises:
            RangeError: ``which`` points past the end of its sequence.
        """
        host = self._one_row_each(d_maxes, filled_lengths(lengths))
        if which.shape != d_maxes.shape:
            raise ShapeError(
                "which has the shape of the gradient", which=which.shape, d_maxes=d_maxes.shape
            )
        places: Any = which
        limits = self.xp.asarray(host)[:, None]
        if which.size and bool(self.xp.any((places < 0) | (places >= limits))):
            raise RangeError("which points past the end of its sequence", lengths=host.tolist())
        dX: Any = self.alloc((int(host.sum()), d_maxes.shape[1]), dtype=d_maxes.dtype)
        rows = self.xp.asarray(starts_of(host))[:, None] + places
        dX[rows, self.xp.arange(d_maxes.shape[1])] = d_maxes
        return cast(Floats2d, dX)

    def reduce_first(self, X: Floats2d, lengths: Ints1d) -> tuple[Floats2d, Ints1d]:
        """The first row of each sequence, and where all start, with the end: (B + 1,)."""
        self._check_2d(X=X)
        host = filled_lengths(lengths, len(X))
        starts_ends = self.asarray1i(np.append(starts_of(host), len(X)))
        return cast(Floats2d, X[starts_ends[:-1]]), starts_ends

    def backprop_reduce_first(self, d_firsts: Floats2d, starts_ends: Ints1d) -> Floats2d:
        """The gradient of the first rows in place, zeros for the others.

        Raises:
            ShapeError: ``starts_ends`` is not one longer than ``d_firsts``.
            RangeError: A start lies outside.
        """
        self._check_2d(d_firsts=d_firsts)
        if starts_ends.shape != (len(d_firsts) + 1,):
            raise ShapeError(
                "there is one start for each first row, and an end",
                d_firsts=d_firsts.shape,
                starts_ends=starts_ends.shape,
            )
        dX: Any = self.alloc((int(starts_ends[-1]), d_firsts.shape[1]), dtype=d_firsts.dtype)
        dX[as_indices(self, starts_ends[:-1], len(dX), "starts")] = d_firsts
        return cast(Floats2d, dX)

    def reduce_last(self, X: Floats2d, lengths: Ints1d) -> tuple[Floats2d, Ints1d]:
        """The last row of each sequence, and where they lie: (B,)."""
        self._check_2d(X=X)
        lasts = self.asarray1i(np.cumsum(filled_lengths(lengths, len(X))) - 1)
        return cast(Floats2d, X[lasts]), lasts

    def backprop_reduce_last(self, d_lasts: Floats2d, lasts: Ints1d) -> Floats2d:
        """The gradient of the last rows in place, zeros for the others.

        Raises:
            ShapeError: There is not one of ``lasts`` for each row of ``d_lasts``.
            RangeError: One is negative, or beyond the last of them.
        """
        self._check_2d(d_lasts=d_lasts)
        if lasts.shape != (len(d_lasts),):
            raise ShapeError(
                "there is one place for each last row", d_lasts=d_lasts.shape, lasts=lasts.shape
            )
        rows = int(lasts[-1]) + 1 if len(lasts) else 0
        dX: Any = self.alloc((rows, d_lasts.shape[1]), dtype=d_lasts.dtype)
        dX[as_indices(self, lasts, rows, "lasts")] = d_lasts
        return cast(Floats2d, dX)

    def _one_row_each(self, gradient: Floats2d, host: Any) -> Any:
        """``host``, the lengths, of which there is one for each row of ``gradient``."""
        self._check_2d(gradient=gradient)
        if len(gradient) != len(host):
            raise ShapeError(
                f"{len(host)} sequences have as many rows of gradient", gradient=gradient.shape
            )
        return host

    def _divisors(self, X: Floats2d, lengths: Ints1d) -> Any:
        """How many rows each sequence has, at least 1, in the type of ``X``: (B, 1)."""
        if X.dtype.kind != "f":
            raise DTypeError("a mean is of floats", dtype=X.dtype)
        host = np.maximum(as_lengths(lengths), 1)
        return self.xp.asarray(host.astype(X.dtype))[:, None]
