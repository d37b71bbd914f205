"""Layer normalization."""

from __future__ import annotations

from typing import Any

from ..types import Floats1d
from ._base import BaseOps
from ._elementwise import F, check_fits, delivered


class NormOps(BaseOps):
    """Normalization of rows."""

    def layer_norm(
        self, X: F, G: Floats1d, b: Floats1d, *, eps: float = 1e-8
    ) -> tuple[F, tuple[Any, Any]]:
        """(X - mean) rstd G + b, with rstd = 1 / sqrt(variance + eps), over the last axis.

        Mean and variance are taken in float64 whatever the type of ``X``.

        Shapes:
            X (..., n), G (n,), b (n,) -> Y (..., n) and the pair (mean, rstd), both (..., 1),
            which ``backprop_layer_norm`` takes.
        Source:
            Ba, Kiros and Hinton, "Layer Normalization" (2016), equation 3.
        """
        mean = self._mean(X).astype(X.dtype)
        centred = X - mean
        variance = self._mean(self.xp.square(centred, dtype="float64"))
        rstd = (1.0 / self.xp.sqrt(variance + eps)).astype(X.dtype)
        Y = centred * rstd * G + b
        return delivered(Y, X, False), (mean, rstd)

    def backprop_layer_norm(
        self, dY: F, X: F, G: Floats1d, stats: tuple[Any, Any], dG: Floats1d, db: Floats1d
    ) -> F:
        """The gradient of the input; those of ``G`` and ``b`` are added into dG and db.

        With x = (X - mean) rstd and d = dY G it is rstd (d - mean(d) - x mean(d x)).

        Args:
            stats: (mean, rstd) as ``layer_norm`` returned them.

        Raises:
            BackpropError: ``dY`` and ``X`` differ in shape.
        """
        check_fits(dY, X=X)
        mean, rstd = stats
        normal = (X - mean) * rstd
        rows = tuple(range(X.ndim - 1))
        dG[...] = dG + (dY * normal).sum(axis=rows)
        db[...] = db + dY.sum(axis=rows)
        d = dY * G
        along = self._mean(d * normal).astype(X.dtype)
        dX = (d - self._mean(d).astype(X.dtype) - normal * along) * rstd
        return delivered(dX, dY, False)

    def _mean(self, X: Any) -> Any:
        """Over the last axis, which is kept, in float64; zero where there is nothing."""
        return X.sum(axis=-1, keepdims=True, dtype="float64") / max(X.shape[-1], 1)
