"""Hinge loss: the right class is to lead every other one by a margin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import ConfigError, LabelError, ShapeError
from ..registry import registry
from ..types import Floats2d, Ints1d
from .loss import Loss


class HingeLoss(Loss[Floats2d, "Ints1d | Sequence[int]"]):
    """``sum over the other classes of max(0, margin - right + other) / classes``, over the rows.

    For a model that ends in ``Linear()``; the gradient is by its outputs.

    Args:
        margin: How far the right class is to lead.
        normalize: Divide by the number of rows.

    Shapes:
        guesses (rows, classes), any numbers; truths (rows,), class numbers.

    Raises:
        LabelError: A label is not below the number of classes.
        ShapeError: Guesses and truths differ in their rows.

    Source:
        Crammer and Singer, On the Algorithmic Implementation of Multiclass Kernel-based Vector
        Machines, 2001, as a sum over the classes.
    """

    def __init__(self, *, margin: float = 1.0, normalize: bool = True) -> None:
        if margin <= 0:
            raise ConfigError(f"a margin is above 0, got {margin}")
        self.margin, self.normalize = margin, normalize

    def get_grad(self, guesses: Floats2d, truths: Ints1d | Sequence[int]) -> Floats2d:
        """1 for each class within the margin, minus their number for the right one."""
        lag, rows, labels = self._lag(guesses, truths)
        gradient: Any = (lag > 0).astype(lag.dtype)
        gradient[rows, labels] = -gradient.sum(axis=1)
        gradient /= self._scale(lag)
        result: Floats2d = gradient
        return result

    def get_loss(self, guesses: Floats2d, truths: Ints1d | Sequence[int]) -> float:
        """The loss itself."""
        lag, _, _ = self._lag(guesses, truths)
        return float(np.clip(lag, 0, None).sum()) / self._scale(lag)

    def _lag(self, guesses: Any, truths: Any) -> tuple[Any, Any, Any]:
        """How far each class is within the margin, 0 for the right one; rows and labels."""
        labels = np.asarray(truths, like=guesses)
        if guesses.ndim != 2 or labels.shape != guesses.shape[:1] or labels.dtype.kind not in "iu":
            raise ShapeError(
                "guesses are rows of scores, and truths one class number for each",
                guesses=guesses.shape,
                truths=f"{labels.dtype} {labels.shape}",
            )
        n = guesses.shape[1]
        misfits = labels[(labels < 0) | (labels >= n)]
        if misfits.size:
            raise LabelError(
                f"label {int(misfits[0])} does not fit {n} classes, 0 to {n - 1}",
                fix="initialize the model with a Y that holds every label",
            )
        rows = np.arange(len(labels), like=guesses)
        lag = self.margin + guesses - guesses[rows, labels][:, None]
        lag[rows, labels] = 0
        return lag, rows, labels

    def _scale(self, guesses: Any) -> int:
        rows: int = max(1, len(guesses)) if self.normalize else 1
        classes: int = max(1, guesses.shape[1])
        return rows * classes


@registry.losses("HingeLoss.v1")
def configure_HingeLoss(*, margin: float = 1.0, normalize: bool = True) -> HingeLoss:
    """``HingeLoss`` as a .cfg file names it."""
    return HingeLoss(margin=margin, normalize=normalize)
