"""L1Regularizer: pulls weights to zero by equal steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..registry import registry
from ..types import FloatsXd
from .regularizer import Regularizer, checked_alpha


@registry.regularizers("L1Regularizer.v1")
class L1Regularizer(Regularizer):
    """``alpha sum |W|``. The gradient at 0 is 0.

    Args:
        alpha: How strongly.

    Raises:
        ConfigError: ``alpha`` is below 0.
    Source:
        Tibshirani 1996, Regression shrinkage and selection via the lasso.
    """

    def __init__(self, alpha: float = 0.01) -> None:
        self.alpha = checked_alpha(alpha)

    def __call__(self, weights: FloatsXd) -> float:
        """The penalty."""
        array: Any = weights
        return self.alpha * float(np.sum(abs(array), dtype="float64"))

    def get_grad(self, weights: FloatsXd) -> FloatsXd:
        """``alpha sign(W)``."""
        array: Any = weights
        gradient: FloatsXd = np.sign(array) * self.alpha
        return gradient
