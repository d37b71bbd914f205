"""Cross-entropy over lists of sequences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from ..errors import ShapeError
from ..registry import registry
from ..types import Floats2d
from .categorical_crossentropy import CategoricalCrossentropy, Labels, sum_of_squares
from .loss import Loss


class SequenceCategoricalCrossentropy(Loss[Sequence[Floats2d], Sequence[Labels]]):
    """``CategoricalCrossentropy`` of all rows of all sequences, divided by how many there are.

    Args:
        normalize: Divide by the number of sequences, as Thinc does, not by that of the rows.
        names, missing_value, neg_prefix, label_smoothing: As for ``CategoricalCrossentropy``.

    Shapes:
        guesses: for each sequence (rows, classes); truths: its labels.

    Raises:
        ShapeError: A sequence and its labels differ in length.
        LabelError: A label that none of the classes is.
    """

    gradient_of: Literal["logits", "output"] = "logits"

    def __init__(
        self,
        *,
        normalize: bool = True,
        names: Sequence[str] | None = None,
        missing_value: str | int | None = None,
        neg_prefix: str | None = None,
        label_smoothing: float = 0.0,
    ) -> None:
        self.normalize = normalize
        self.rows = CategoricalCrossentropy(
            normalize=False,
            names=names,
            missing_value=missing_value,
            neg_prefix=neg_prefix,
            label_smoothing=label_smoothing,
        )

    def __call__(
        self, guesses: Sequence[Floats2d], truths: Sequence[Labels]
    ) -> tuple[list[Floats2d], float]:
        """``(get_grad(guesses, truths), get_loss(guesses, truths))``, the first made once."""
        gradients = self.get_grad(guesses, truths)
        return gradients, float(sum(map(sum_of_squares, gradients)))

    def get_grad(self, guesses: Sequence[Floats2d], truths: Sequence[Labels]) -> list[Floats2d]:
        """``(guesses - target) / sequences`` for each of them."""
        if not _paired(guesses, truths):
            return []
        gradient: Any = self.rows.get_grad(_joined(guesses), _joined_labels(truths))
        return self._split(gradient, guesses)

    def get_loss(self, guesses: Sequence[Floats2d], truths: Sequence[Labels]) -> float:
        """Thinc's number: the sum of the squared gradients."""
        return float(sum(map(sum_of_squares, self.get_grad(guesses, truths))))

    def value(self, guesses: Sequence[Floats2d], truths: Sequence[Labels]) -> float:
        """The cross-entropy of all rows, in nats, divided by the number of sequences."""
        if not _paired(guesses, truths):
            return 0.0
        total = self.rows.value(_joined(guesses), _joined_labels(truths))
        return total / (len(guesses) if self.normalize else 1)

    def get_output_grad(
        self, guesses: Sequence[Floats2d], truths: Sequence[Labels]
    ) -> list[Floats2d]:
        """``-target / guesses / sequences`` for each of them."""
        if not _paired(guesses, truths):
            return []
        gradient: Any = self.rows.get_output_grad(_joined(guesses), _joined_labels(truths))
        return self._split(gradient, guesses)

    def _split(self, gradient: Any, guesses: Sequence[Floats2d]) -> list[Floats2d]:
        """One array back into those of the sequences."""
        if self.normalize:
            gradient /= len(guesses)
        parts: list[Floats2d] = []
        start = 0
        for guess in guesses:
            parts.append(gradient[start : start + len(guess)])
            start += len(guess)
        return parts


def _paired(guesses: Sequence[Floats2d], truths: Sequence[Labels]) -> bool:
    """Whether there is any sequence, once it is sure that each goes with its labels."""
    if len(guesses) != len(truths):
        raise ShapeError(
            "there are not as many sequences of labels as of guesses",
            guesses=len(guesses),
            truths=len(truths),
        )
    for number, (guess, truth) in enumerate(zip(guesses, truths, strict=True)):
        if len(guess) != len(truth):
            raise ShapeError(f"sequence {number} has {len(guess)} guesses and {len(truth)} labels")
    return len(guesses) > 0


def _joined(guesses: Sequence[Floats2d]) -> Any:
    arrays: list[Any] = list(guesses)
    return np.concatenate(arrays)


def _joined_labels(truths: Sequence[Labels]) -> Any:
    """One array if all of them are arrays of the same rank, else one list."""
    filled: list[Any] = [truth for truth in truths if len(truth)]
    if filled and all(hasattr(truth, "dtype") for truth in filled):
        return np.concatenate(filled)
    return [label for truth in filled for label in truth]


@registry.losses("SequenceCategoricalCrossentropy.v1")
def configure_SequenceCategoricalCrossentropy_v1(
    *, normalize: bool = True, names: Sequence[str] | None = None
) -> SequenceCategoricalCrossentropy:
    """The first version: every label is known and positive."""
    return SequenceCategoricalCrossentropy(normalize=normalize, names=names)


@registry.losses("SequenceCategoricalCrossentropy.v2")
def configure_SequenceCategoricalCrossentropy_v2(
    *,
    normalize: bool = True,
    names: Sequence[str] | None = None,
    neg_prefix: str | None = None,
) -> SequenceCategoricalCrossentropy:
    """The second version: with negative labels."""
    return SequenceCategoricalCrossentropy(normalize=normalize, names=names, neg_prefix=neg_prefix)


@registry.losses("SequenceCategoricalCrossentropy.v3")
def configure_SequenceCategoricalCrossentropy_v3(
    *,
    normalize: bool = True,
    names: Sequence[str] | None = None,
    missing_value: str | int | None = None,
    neg_prefix: str | None = None,
    label_smoothing: float = 0.0,
) -> SequenceCategoricalCrossentropy:
    """``SequenceCategoricalCrossentropy`` with all its arguments."""
    return SequenceCategoricalCrossentropy(
        normalize=normalize,
        names=names,
        missing_value=missing_value,
        neg_prefix=neg_prefix,
        label_smoothing=label_smoothing,
    )
