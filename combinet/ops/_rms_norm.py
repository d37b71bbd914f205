"""Root mean square normalization."""

from __future__ import annotations

from typing import Any

from ..types import Floats1d
from ._base import BaseOps
from ._elementwise import F, check_fits, delivered


class RMSNormOps(BaseOps):
    """Rows divided by their size, and not centred."""

    def rms_norm(self, X: F, G: Floats1d, *, eps: float = 1e-6) -> tuple[F, Any]:
        """``Y = G X / sqrt(mean(X^2) + eps)`` over the last axis; and 1 / sqrt(...), (..., 1).

        The mean is taken in float64 whatever the type of ``X``.

        Source: Zhang and Sennrich, "Root Mean Square Layer Normalization" (2019), equation 4.
        """
        squares = self._mean_of_row(self.xp.square(X, dtype="float64"))
        scale = (1.0 / self.xp.sqrt(squares + eps)).astype(X.dtype)
        return delivered(X * scale * G, X, False), scale

    def backprop_rms_norm(self, dY: F, X: F, G: Floats1d, scale: Any, dG: Floats1d) -> F:
        """The gradient of the input; that of ``G`` is added into dG.

        With x = X scale and d = dY G it is scale (d - x mean(d x)).

        Args:
            scale: As ``rms_norm`` returned it.

        Raises:
            BackpropError: ``dY`` and ``X`` differ in shape.
        """
        check_fits(dY, X=X)
        normal = X * scale
        dG[...] = dG + (dY * normal).sum(axis=tuple(range(X.ndim - 1)))
        d = dY * G
        along = self._mean_of_row(d * normal).astype(X.dtype)
        return delivered((d - normal * along) * scale, dY, False)

    def _mean_of_row(self, X: Any) -> Any:
        """Over the last axis, which is kept, in float64; zero where there is nothing."""
        return X.sum(axis=-1, keepdims=True, dtype="float64") / max(X.shape[-1], 1)
