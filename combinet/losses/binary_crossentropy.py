"""Cross-entropy of labels that are each true or false by themselves."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import DataError, LabelError
from ..registry import registry
from ..types import Floats2d
from .l2_distance import same_shape
from .loss import Loss


class BinaryCrossentropy(Loss[Floats2d, Floats2d]):
    """``-t log p - (1 - t) log(1 - p)``, summed over the labels, averaged over the rows.

    For a model whose outputs are probabilities, as of ``Sigmoid()``; the gradient is by those.
    ``BinaryCrossentropyWithLogits`` is safer where they come close to 0 and 1.

    Args:
        normalize: Divide by the number of rows.

    Shapes:
        guesses (rows, labels), between 0 and 1; truths the same, NaN where nothing is known.

    Raises:
        DataError: Guesses lie outside 0 to 1.
        LabelError: So do truths.
        ShapeError: The shapes differ.
    """

    def __init__(self, *, normalize: bool = True) -> None:
        self.normalize = normalize

    def get_grad(self, guesses: Floats2d, truths: Floats2d) -> Floats2d:
        """``(p - t) / (p (1 - p)) / rows``, zero where nothing is known."""
        p, t, known = self._checked(guesses, truths)
        spread = np.clip(p * (1 - p), np.finfo(p.dtype).tiny, None)
        gradient: Any = (p - t) / spread * known / self._rows(p)
        result: Floats2d = gradient.astype(p.dtype)
        return result

    def get_loss(self, guesses: Floats2d, truths: Floats2d) -> float:
        """The cross-entropy, in nats; a probability of 0 counts as the smallest above it."""
        p, t, known = self._checked(guesses, truths)
        tiny = np.finfo(p.dtype).tiny
        right: Any = np.log(np.clip(p, tiny, None))
        wrong: Any = np.log(np.clip(1 - p, tiny, None))
        return float(-((t * right + (1 - t) * wrong) * known).sum()) / self._rows(p)

    def _checked(self, guesses: Any, truths: Any) -> tuple[Any, Any, Any]:
        p, t, known = known_targets(guesses, truths)
        if p.size and not (float(p.min()) >= 0 and float(p.max()) <= 1):
            raise DataError(
                "guesses hold numbers outside 0 to 1",
                smallest=float(p.min()),
                largest=float(p.max()),
                fix="end the model in Sigmoid(), or use BinaryCrossentropyWithLogits()",
            )
        return p, t, known

    def _rows(self, guesses: Any) -> int:
        return max(1, len(guesses)) if self.normalize else 1


class BinaryCrossentropyWithLogits(Loss[Floats2d, Floats2d]):
    """``BinaryCrossentropy`` of ``sigmoid(X)``, made from X itself: it overflows nowhere.

    For a model that ends in ``Linear()``; the gradient is by its outputs.

    Args:
        normalize: Divide by the number of rows.

    Shapes:
        guesses (rows, labels), any numbers; truths from 0 to 1, NaN where nothing is known.

    Raises:
        LabelError: Truths lie outside 0 to 1.
        ShapeError: The shapes differ.
    """

    def __init__(self, *, normalize: bool = True) -> None:
        self.normalize = normalize

    def get_grad(self, guesses: Floats2d, truths: Floats2d) -> Floats2d:
        """``(sigmoid(X) - t) / rows``, zero where nothing is known."""
        X, t, known = known_targets(guesses, truths)
        shrunk = np.exp(-abs(X))
        p = np.where(X >= 0, 1, shrunk) / (1 + shrunk)
        gradient: Any = (p - t) * known / (max(1, len(X)) if self.normalize else 1)
        result: Floats2d = gradient.astype(X.dtype)
        return result

    def get_loss(self, guesses: Floats2d, truths: Floats2d) -> float:
        """``max(X, 0) - X t + log(1 + exp(-|X|))``."""
        X, t, known = known_targets(guesses, truths)
        surprise: Any = np.clip(X, 0, None) - X * t + np.log1p(np.exp(-abs(X)))
        return float((surprise * known).sum()) / (max(1, len(X)) if self.normalize else 1)


def known_targets(guesses: Any, truths: Any) -> tuple[Any, Any, Any]:
    """Guesses, truths with 0 for NaN, and 1 where a truth is known.

    Raises:
        LabelError: A truth lies outside 0 to 1.
        ShapeError: The shapes differ.
    """
    guesses, truths = same_shape(guesses, truths)
    known = ~np.isnan(truths)
    truths = np.where(known, truths, 0)
    if truths.size and not (float(truths.min()) >= 0 and float(truths.max()) <= 1):
        raise LabelError(
            "truths hold numbers outside 0 to 1",
            smallest=float(truths.min()),
            largest=float(truths.max()),
            fix="1 for true, 0 for false, NaN for unknown",
        )
    return guesses, truths, known


@registry.losses("BinaryCrossentropy.v1")
def configure_BinaryCrossentropy(*, normalize: bool = True) -> BinaryCrossentropy:
    """``BinaryCrossentropy`` as a .cfg file names it."""
    return BinaryCrossentropy(normalize=normalize)


@registry.losses("BinaryCrossentropyWithLogits.v1")
def configure_BinaryCrossentropyWithLogits(
    *, normalize: bool = True
) -> BinaryCrossentropyWithLogits:
    """``BinaryCrossentropyWithLogits`` as a .cfg file names it."""
    return BinaryCrossentropyWithLogits(normalize=normalize)
