"""The loss of a classifier, and its gradient, in one pass."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from ..types import ArrayXd, Floats2d
from ._base import BaseOps

_SLACK = 1e-5


class CrossEntropyOps(BaseOps):
    """What a step of training asks of a loss, checks included."""

    def cross_entropy(
        self, guesses: Floats2d, truths: ArrayXd, divisor: float
    ) -> tuple[Floats2d, float] | None:
        """The gradient of the cross-entropy by the logits, and the sum of its squares.

        The gradient is (guesses - target) / divisor. None where anything is out of order: what
        the arrays are, a guess or a truth outside 0 to 1, a label that is no class. A NaN among
        the guesses is in order, and goes into the gradient.

        Shapes:
            guesses (n, classes); truths (n,), class numbers, or (n, classes) of the same type.
        """
        Y: Any = guesses
        wanted: Any = truths
        if Y.ndim != 2 or Y.dtype.kind != "f" or _leaves(Y, 1 + _SLACK):
            return None
        n, classes = Y.shape
        if wanted.shape == (n,) and wanted.dtype.kind in "iu":
            if n and not (int(wanted.min()) >= 0 and int(wanted.max()) < classes):
                return None
            gradient = Y.copy()
            gradient[self.xp.arange(n), wanted] -= 1
        elif wanted.shape == Y.shape and wanted.dtype == Y.dtype:
            if not bool((wanted >= 0).all()) or _leaves(wanted, 1):
                return None
            gradient = Y - wanted
        else:
            return None
        gradient /= divisor
        return cast(Floats2d, gradient), float(np.sum(gradient * gradient))


def _leaves(numbers: Any, most: float) -> bool:
    """Whether one of them is below 0 or above ``most``; a NaN is neither."""
    return bool((numbers < 0).any()) or bool((numbers > most).any())
