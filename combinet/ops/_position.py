"""Positions as waves."""

from __future__ import annotations

from typing import Any, cast

from ..errors import ShapeError
from ..types import Floats2d
from ._base import BaseOps


class PositionOps(BaseOps):
    """Encodings of where a row stands."""

    def position_encode(
        self, N: int, D: int, period: int = 10000, out: Floats2d | None = None
    ) -> Floats2d:
        """``Y[p, j] = sin(p / period^(2 j / D))``, ``Y[p, j + 1] = cos(same)``, for even j.

        The exponent is ``2 j / D`` with the column j itself, as Thinc has it, where
        Vaswani et al. 2017 (Attention Is All You Need, section 3.5) have ``j / D``.

        Args:
            out: Written to and returned, where it is given.

        Shapes:
            -> (N, D) float32, or of the type of ``out``.
        """
        Y: Any = self.alloc((N, D)) if out is None else out
        if Y.shape != (N, D):
            raise ShapeError(f"out must be ({N}, {D})", out=Y.shape)
        if N == 0 or D == 0:
            return cast(Floats2d, Y)
        columns = self.xp.arange(0, D, 2, dtype="float64")
        angles = self.xp.arange(N, dtype="float64")[:, None] / period ** (2 * columns / D)
        Y[:, 0::2] = self.xp.sin(angles)
        Y[:, 1::2] = self.xp.cos(angles[:, : D // 2])
        return cast(Floats2d, Y)
