"""DenseStack: dense layers one after another, as one thing for a backend to run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

ACTIVATIONS = frozenset({"dish", "gelu", "linear", "mish", "relu", "sigmoid", "softmax", "swish"})


class DenseStack:
    """The parameters of dense layers that feed each other.

    The arrays stay the same ones as long as the stack lives, so a backend may keep what it found
    out about them. Widths fit and types are one: whoever makes a stack sees to that.

    Attributes:
        weights: (nO, nI) of each layer.
        biases: (nO,) of each.
        activations: Of ``ACTIVATIONS``; "softmax" only of the last layer.
        native: What a backend keeps.
    """

    __slots__ = ("activations", "biases", "native", "weights")

    def __init__(
        self, weights: Sequence[Any], biases: Sequence[Any], activations: Sequence[str]
    ) -> None:
        self.weights, self.biases = list(weights), list(biases)
        self.activations = tuple(activations)
        self.native: Any = None

    def __len__(self) -> int:
        return len(self.weights)
