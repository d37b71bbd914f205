"""Numbers made of an output whose gradients are known: what the check differentiates."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from ..errors import CombinetError
from ._values import Leaf, leaves, rebuild


class Score(Protocol):
    """A number made of the output, and its gradient."""

    def value(self, Y: Any) -> float:
        """The number."""
        ...

    def gradient(self, Y: Any) -> Any:
        """What backprop is given."""
        ...


class RandomSum:
    """``sum(dY * Y)`` with a random dY, 0 in padding."""

    def __init__(self, Y: Any, random: np.random.Generator, xp: Any) -> None:
        def weight(leaf: Leaf) -> Any:
            if not leaf.is_float:
                return leaf.array
            return leaf.masked(xp.asarray(random.standard_normal(leaf.array.shape)))

        self.dY = rebuild(Y, weight, "Y")

    def gradient(self, Y: Any) -> Any:
        """The dY that backprop is given."""
        return self.dY

    def value(self, Y: Any) -> float:
        """The sum for this output."""
        weights = leaves(self.dY, "Y")
        return sum(
            float((weights[where].array * leaf.array).sum())
            for where, leaf in leaves(Y, "Y").items()
            if leaf.is_float
        )


class LogitSum(RandomSum):
    """``sum(dZ * log Y)``, for probabilities Y = softmax(Z).

    ``log Y`` is Z less one number for each row, so with a dZ that sums to 0 over the row it has
    the gradient of ``sum(dZ * Z)``: what a backprop "of logits" must give for dZ. Where several
    groups of probabilities lie side by side, each sums to 1 and dZ sums to 0 over each.
    """

    def __init__(self, Y: Any, random: np.random.Generator, xp: Any) -> None:
        super().__init__(Y, random, xp)
        probabilities = leaves(Y, "Y")

        def centred(leaf: Leaf) -> Any:
            groups = _groups(probabilities[leaf.where].array, xp)
            return xp.concatenate(
                [g - g.mean(axis=-1, keepdims=True) for g in xp.split(leaf.array, groups, axis=-1)],
                axis=-1,
            )

        self.dY = rebuild(self.dY, centred, "Y")

    def value(self, Y: Any) -> float:
        """The sum for these probabilities."""
        return super().value(rebuild(Y, lambda leaf: np.log(leaf.array), "Y"))


class LossValue:
    """The value that a loss reports."""

    def __init__(self, loss: Any, truth: Any) -> None:
        self.loss, self.truth = loss, truth
        self.value_of: Any = getattr(loss, "value", None)

    def gradient(self, Y: Any) -> Any:
        """What the loss hands to backprop."""
        return self.loss(Y, self.truth)[0]

    def value(self, Y: Any) -> float:
        """The number of the textbooks, where a loss knows it; else what it reports."""
        number = self.value_of(Y, self.truth) if self.value_of else self.loss(Y, self.truth)[1]
        return float(number)


def _groups(Y: Any, xp: Any) -> list[int]:
    """Where in the last axis a group of probabilities ends and the next one begins."""
    sums = xp.cumsum(Y.reshape((-1, Y.shape[-1])), axis=-1)
    if not len(sums):
        return []
    whole = xp.abs(sums - xp.rint(sums)).max(axis=0) < 1e-9
    ends = [i + 1 for i in range(Y.shape[-1]) if bool(whole[i])]
    if Y.shape[-1] not in ends:
        raise CombinetError(
            "an output that should hold probabilities does not sum to 1", Y=tuple(Y.shape)
        )
    return ends[:-1]
