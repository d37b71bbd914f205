"""Squared distance between vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import ShapeError
from ..registry import registry
from ..types import Floats2d
from .categorical_crossentropy import sum_of_squares
from .loss import Loss


def same_shape(guesses: Any, truths: Any) -> tuple[Any, Any]:
    """Both as arrays of one type and shape.

    Raises:
        ShapeError: The shapes differ.
    """
    truths = np.asarray(truths, dtype=guesses.dtype, like=guesses)
    if guesses.shape != truths.shape:
        raise ShapeError(
            "guesses and truths have different shapes", guesses=guesses.shape, truths=truths.shape
        )
    return guesses, truths


class L2Distance(Loss[Floats2d, Floats2d]):
    """``|guess - truth|^2 / 2``, averaged over the rows.

    Args:
        normalize: Divide by the number of rows.

    ``value`` is that average. ``get_loss`` is Thinc's: the sum of the squared gradient.

    Shapes:
        guesses, truths (rows, width).

    Raises:
        ShapeError: The shapes differ.
    """

    def __init__(self, *, normalize: bool = True) -> None:
        self.normalize = normalize

    def get_grad(self, guesses: Floats2d, truths: Floats2d) -> Floats2d:
        """``(guesses - truths) / rows``."""
        given, wanted = same_shape(guesses, truths)
        gradient = given - wanted
        if self.normalize:
            gradient /= max(1, len(given))
        result: Floats2d = gradient
        return result

    def get_loss(self, guesses: Floats2d, truths: Floats2d) -> float:
        """Thinc's number: the sum of the squared gradient."""
        return sum_of_squares(self.get_grad(guesses, truths))

    def value(self, guesses: Floats2d, truths: Floats2d) -> float:
        """Half the squared distance, averaged over the rows."""
        given, wanted = same_shape(guesses, truths)
        total = sum_of_squares(given - wanted) / 2
        return total / max(1, len(given)) if self.normalize else total


@registry.losses("L2Distance.v1")
def configure_L2Distance(*, normalize: bool = True) -> L2Distance:
    """``L2Distance`` as a .cfg file names it."""
    return L2Distance(normalize=normalize)
