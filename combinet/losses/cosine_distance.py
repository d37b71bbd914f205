"""How far two directions are apart."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..registry import registry
from ..types import Floats2d
from .l2_distance import same_shape
from .loss import Loss

#: Added to every number, so that a vector of zeros has a direction.
_SHIFT = 1e-8


class _Angles(NamedTuple):
    """The cosines (rows, 1), and what their gradient needs."""

    cosine: Any
    guesses: Any
    truths: Any
    square: Any
    norms: Any
    rows_of_zeros: Any


class CosineDistance(Loss[Floats2d, Floats2d]):
    """``1 - cos(guess, truth)``, averaged over the rows.

    Args:
        normalize: Divide by the number of rows.
        ignore_zeros: Leave out rows whose truth is zero throughout; they still count as rows.

    Shapes:
        guesses, truths (rows, width).

    Raises:
        ShapeError: The shapes differ.
    """

    def __init__(self, *, normalize: bool = True, ignore_zeros: bool = False) -> None:
        self.normalize, self.ignore_zeros = normalize, ignore_zeros

    def get_similarity(self, guesses: Floats2d, truths: Floats2d) -> Floats2d:
        """The cosine of the angle between guess and truth, (rows, 1)."""
        similarity: Floats2d = _angles(guesses, truths).cosine
        return similarity

    def get_grad(self, guesses: Floats2d, truths: Floats2d) -> Floats2d:
        """The gradient of minus the cosine, divided by the rows."""
        angles = _angles(guesses, truths)
        gradient = angles.cosine * angles.guesses / angles.square - angles.truths / angles.norms
        if self.ignore_zeros:
            gradient[angles.rows_of_zeros] = 0
        if self.normalize:
            gradient /= max(1, len(gradient))
        result: Floats2d = gradient
        return result

    def get_loss(self, guesses: Floats2d, truths: Floats2d) -> float:
        """The distance, averaged over the rows: Thinc's number is the textbooks' here."""
        angles = _angles(guesses, truths)
        distance = abs(1 - angles.cosine)
        if self.ignore_zeros:
            distance[angles.rows_of_zeros] = 0
        total = float(np.sum(distance))
        return total / max(1, len(distance)) if self.normalize else total


def _angles(guesses: Any, truths: Any) -> _Angles:
    guesses, truths = same_shape(guesses, truths)
    zeros = (truths == 0).all(axis=-1)
    guesses, truths = guesses + _SHIFT, truths + _SHIFT
    square = np.sum(guesses * guesses, axis=-1, keepdims=True)
    norms = np.sqrt(square * np.sum(truths * truths, axis=-1, keepdims=True))
    cosine = np.sum(guesses * truths, axis=-1, keepdims=True) / norms
    return _Angles(cosine, guesses, truths, square, norms, zeros)


@registry.losses("CosineDistance.v1")
def configure_CosineDistance(
    *, normalize: bool = True, ignore_zeros: bool = False
) -> CosineDistance:
    """``CosineDistance`` as a .cfg file names it."""
    return CosineDistance(normalize=normalize, ignore_zeros=ignore_zeros)
