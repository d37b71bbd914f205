"""Maxout: the largest of each unit's pieces."""

from __future__ import annotations

from typing import Any, cast

from ..errors import DTypeError, ShapeError
from ..types import Floats2d, Floats3d, Ints2d
from ._base import BaseOps
from ._lengths import as_indices


class MaxoutOps(BaseOps):
    """The largest piece, and its gradient.

    Source: Goodfellow et al. 2013, Maxout Networks.
    """

    def maxout(self, X: Floats3d) -> tuple[Floats2d, Ints2d]:
        """``best[b, o] = max over p of X[b, o, p]``, and which p it was: the first, on ties.

        A NaN makes its maximum NaN, with any p.

        Shapes:
            (B, O, P) -> (B, O), (B, O) int32.

        Raises:
            ShapeError: ``X`` has not three dimensions, or no pieces.
        """
        if getattr(X, "ndim", None) != 3 or X.shape[2] == 0:
            raise self._misfit("maxout takes an array (batch, units, pieces >= 1)", X=X)
        best: Any = X[:, :, 0].copy()
        which: Any = self.xp.zeros(best.shape, dtype="int32")
        for piece in range(1, X.shape[2]):
            values = X[:, :, piece]
            which[values > best] = piece
            self.xp.maximum(best, values, out=best)
        return cast(Floats2d, best), cast(Ints2d, which)

    def backprop_maxout(self, dY: Floats2d, which: Ints2d, P: int) -> Floats3d:
        """The gradient of each unit goes to the piece that was largest.

        Shapes:
            (B, O), (B, O) -> (B, O, P).

        Raises:
            ShapeError: ``dY`` and ``which`` differ in shape.
            DTypeError: ``which`` are no ints.
            RangeError: One of ``which`` is not from 0 to P - 1.
        """
        self._check_2d(dY=dY)
        if which.shape != dY.shape:
            raise ShapeError("which has the shape of dY", dY=dY.shape, which=which.shape)
        if dY.dtype.kind != "f":
            raise DTypeError("a gradient is of floats", dY=dY.dtype)
        pieces = as_indices(self, which, P, "which").reshape((dY.size,))
        dX: Any = self.xp.zeros((dY.size, P), dtype=dY.dtype)
        dX[self.xp.arange(dY.size), pieces] = dY.reshape((dY.size,))
        return cast(Floats3d, dX.reshape((*dY.shape, P)))
