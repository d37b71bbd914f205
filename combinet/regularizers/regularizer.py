"""Regularizer: what penalizes the weights of one parameter."""

from __future__ import annotations

from abc import ABC, abstractmethod

from ..errors import ConfigError
from ..types import FloatsXd


class Regularizer(ABC):
    """``regularizer(W)`` is the penalty, ``regularizer.get_grad(W)`` its gradient by ``W``."""

    @abstractmethod
    def __call__(self, weights: FloatsXd) -> float:
        """The penalty, which is added to the loss."""

    @abstractmethod
    def get_grad(self, weights: FloatsXd) -> FloatsXd:
        """The gradient of the penalty: a new array of the shape of ``weights``."""


def checked_alpha(alpha: float) -> float:
    """``alpha``, which would reward large weights if it were below 0."""
    if not alpha >= 0:
        raise ConfigError("alpha is the strength of a penalty, at least 0", got=alpha)
    return alpha
