"""L2Regularizer: pulls weights to zero, large ones the most."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..registry import registry
from ..types import FloatsXd
from .regularizer import Regularizer, checked_alpha


@registry.regularizers("L2Regularizer.v1")
class L2Regularizer(Regularizer):
    """``alpha sum W^2``: AllenNLP's, without the half that some textbooks have.

    Args:
        alpha: How strongly.

    Raises:
        ConfigError: ``alpha`` is below 0.
    Source:
        Hoerl & Kennard 1970, Ridge regression.
    """

    def __init__(self, alpha: float = 0.01) -> None:
        self.alpha = checked_alpha(alpha)

    def __call__(self, weights: FloatsXd) -> float:
        """The penalty."""
        array: Any = weights
        return self.alpha * float(np.sum(array * array, dtype="float64"))

    def get_grad(self, weights: FloatsXd) -> FloatsXd:
        """``2 alpha W``."""
        gradient: FloatsXd = weights * (2 * self.alpha)
        return gradient
