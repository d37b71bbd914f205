"""Cross-entropy of one class out of several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np

from ..errors import ConfigError
from ..ops import get_current_ops
from ..registry import registry
from ..types import Floats2d, FloatsXd, IntsXd
from ._targets import Encoder, Targets
from .loss import Loss

Labels: TypeAlias = IntsXd | FloatsXd | Sequence[int] | Sequence[str] | Sequence[str | None]


class CategoricalCrossentropy(Loss[Floats2d, Labels]):
    """``-log p`` of the right class, averaged over the rows; its gradient is of the logits.

    Args:
        normalize: Divide by the number of rows, those with nothing known among them.
        names: The classes in the order of the model's outputs, for labels that are names.
        missing_value: The label that says that nothing is known; ``None`` in a list always
            does. A row of probabilities is meant by its largest one.
        neg_prefix: A name behind it says that this class is wrong and no more: only its
            column counts, with ``-log(1 - p)``.
        label_smoothing: The share that the wrong classes have in the target, split evenly.
        class_weights: How much each class counts, in the order of the model's outputs: the
            loss is ``-w log p``. A row with a negative label counts 1.

    ``value`` is that average. ``get_loss`` is Thinc's: the sum of the squared gradient.
    Truths are class numbers, names, or rows of probabilities.

    Shapes:
        guesses (rows, classes); truths (rows,) or (rows, classes).

    Raises:
        LabelError: A label that none of the classes is.
        ShapeError: Guesses and truths differ in their rows.
        DataError: Guesses are no probabilities.
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
        class_weights: Sequence[float] | None = None,
    ) -> None:
        self.normalize, self.class_weights = normalize, class_weights
        self.encode = Encoder(names, missing_value, neg_prefix, label_smoothing)

    def __call__(self, guesses: Floats2d, truths: Labels) -> tuple[Floats2d, float]:
        """``(get_grad(guesses, truths), get_loss(guesses, truths))``, the first made once."""
        found = self._in_one_pass(guesses, truths)
        if found is not None:
            return found
        gradient: Any = self.get_grad(guesses, truths)
        return gradient, sum_of_squares(gradient)

    def _in_one_pass(self, guesses: Any, truths: Any) -> tuple[Floats2d, float] | None:
        """What the backend can do in one go; None where it cannot, or where there is an error."""
        if self.class_weights is not None or not self.encode.is_plain:
            return None
        ops = get_current_ops()
        if not (isinstance(guesses, ops.xp.ndarray) and isinstance(truths, ops.xp.ndarray)):
            return None
        return ops.cross_entropy(guesses, truths, self._rows(guesses))

    def get_grad(self, guesses: Floats2d, truths: Labels) -> Floats2d:
        """``(guesses - target) / rows``, zero where nothing is known.

        With class weights w it is ``(sum(w target) guesses - w target) / rows``.
        """
        target, mask, negative = self.encode(guesses, truths)
        if self.class_weights is None:
            gradient: Any = guesses - target
        else:
            target = target * self._weights(guesses)
            gradient = target.sum(axis=-1, keepdims=True) * guesses - target
            if negative is not None:
                gradient += negative * guesses
        if mask is not None:
            gradient *= mask
        gradient /= self._rows(guesses)
        result: Floats2d = gradient
        return result

    def get_loss(self, guesses: Floats2d, truths: Labels) -> float:
        """Thinc's number: the sum of the squared gradient."""
        return sum_of_squares(self.get_grad(guesses, truths))

    def value(self, guesses: Floats2d, truths: Labels) -> float:
        """The cross-entropy, in nats; a probability of 0 counts as the smallest above it."""
        targets = self.encode(guesses, truths)
        if self.class_weights is not None:
            targets = targets._replace(target=targets.target * self._weights(guesses))
        total = np.sum(_surprise(guesses, targets), dtype="float64")
        return float(total) / self._rows(guesses)

    def get_output_grad(self, guesses: Floats2d, truths: Labels) -> Floats2d:
        """``-target / guesses / rows``: for outputs that are probabilities in their own right."""
        target, mask, negative = self.encode(guesses, truths)
        if self.class_weights is not None:
            target = target * self._weights(guesses)
        gradient: Any = -target / _positive(guesses)
        if mask is not None:
            gradient *= mask
        if negative is not None:
            gradient += negative / _positive(1 - np.asarray(guesses, like=target))
        gradient /= self._rows(guesses)
        result: Floats2d = gradient
        return result

    def _weights(self, guesses: Any) -> Any:
        weights = np.asarray(self.class_weights, dtype=guesses.dtype, like=guesses)
        if weights.shape != guesses.shape[-1:] or float(weights.min()) < 0:
            raise ConfigError(
                f"class_weights is one number, 0 or more, for each of {guesses.shape[-1]} classes",
                got=self.class_weights,
            )
        return weights

    def _rows(self, guesses: Any) -> int:
        return max(1, len(guesses)) if self.normalize else 1


def sum_of_squares(gradient: Any) -> float:
    """What Thinc calls the loss."""
    return float(np.sum(gradient * gradient))


def _positive(probabilities: Any) -> Any:
    return np.clip(probabilities, np.finfo(probabilities.dtype).tiny, None)


def _surprise(guesses: Any, targets: Targets) -> Any:
    """``-log p`` by row and class, weighted by the target."""
    surprise = targets.target * -np.log(_positive(guesses))
    if targets.mask is not None:
        surprise *= targets.mask
    if targets.negative is not None:
        surprise += targets.negative * -np.log(_positive(1 - guesses))
    return surprise


@registry.losses("CategoricalCrossentropy.v1")
def configure_CategoricalCrossentropy_v1(
    *,
    normalize: bool = True,
    names: Sequence[str] | None = None,
    missing_value: str | int | None = None,
) -> CategoricalCrossentropy:
    """The first version: no negative labels, no smoothing."""
    return CategoricalCrossentropy(normalize=normalize, names=names, missing_value=missing_value)


@registry.losses("CategoricalCrossentropy.v2")
def configure_CategoricalCrossentropy_v2(
    *,
    normalize: bool = True,
    names: Sequence[str] | None = None,
    missing_value: str | int | None = None,
    neg_prefix: str | None = None,
) -> CategoricalCrossentropy:
    """The second version: no smoothing."""
    return CategoricalCrossentropy(
        normalize=normalize, names=names, missing_value=missing_value, neg_prefix=neg_prefix
    )


@registry.losses("CategoricalCrossentropy.v3")
def configure_CategoricalCrossentropy_v3(
    *,
    normalize: bool = True,
    names: Sequence[str] | None = None,
    missing_value: str | int | None = None,
    neg_prefix: str | None = None,
    label_smoothing: float = 0.0,
) -> CategoricalCrossentropy:
    """The third version: no class weights."""
    return CategoricalCrossentropy(
        normalize=normalize,
        names=names,
        missing_value=missing_value,
        neg_prefix=neg_prefix,
        label_smoothing=label_smoothing,
    )


@registry.losses("CategoricalCrossentropy.v4")
def configure_CategoricalCrossentropy_v4(
    *,
    normalize: bool = True,
    names: Sequence[str] | None = None,
    missing_value: str | int | None = None,
    neg_prefix: str | None = None,
    label_smoothing: float = 0.0,
    class_weights: Sequence[float] | None = None,
) -> CategoricalCrossentropy:
    """``CategoricalCrossentropy`` with all its arguments."""
    return CategoricalCrossentropy(
        normalize=normalize,
        names=names,
        missing_value=missing_value,
        neg_prefix=neg_prefix,
        label_smoothing=label_smoothing,
        class_weights=class_weights,
    )
