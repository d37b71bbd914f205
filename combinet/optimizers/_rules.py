"""What each optimizer does with one parameter, in plain array code: one function a rule.

A rule writes into ``W`` and its moments, and may use up ``dW``, which is zeroed afterwards.
NumPy's functions serve CuPy's arrays too: they dispatch on what they are given.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Any, NamedTuple

import numpy as np

from ..ops.step_table import LEARN_RATE, MOMENTUM, Update


class Settings(NamedTuple):
    """The numbers of a step, but for its count, in the order of the columns of a ``StepTable``."""

    learn_rate: float
    b1: float
    b2: float
    eps: float
    L2: float
    decay: float
    grad_clip: float
    momentum: float


class Rule:
    """One way to turn a gradient into a step.

    Args:
        name: Written into saved states.
        update: ``update(W, dW, moments, settings, t)``, t = 1 at the first step; ``settings`` is
            a row of a ``StepTable``.
        moments: How many arrays it keeps for a parameter, zeros at first.
        takes_momentum: One of them is kept only while there is a momentum.
        decay_first: Decoupled weight decay acts on the weights before the step.
    """

    __slots__ = ("_moments", "decay_first", "name", "takes_momentum", "update")

    def __init__(
        self,
        name: str,
        update: Update,
        *,
        moments: int,
        takes_momentum: bool = False,
        decay_first: bool = False,
    ) -> None:
        self.name, self.update, self._moments = name, update, moments
        self.takes_momentum, self.decay_first = takes_momentum, decay_first

    def __repr__(self) -> str:
        return f"<rule {self.name}>"

    def moments(self, settings: Settings) -> int:
        """How many arrays a step with these settings needs."""
        return 0 if self.takes_momentum and not settings.momentum else self._moments


def _update_moments(dW: Any, m1: Any, m2: Any, b1: float, b2: float) -> Any:
    """``m1 = b1 m1 + (1 - b1) dW``, ``m2 = b2 m2 + (1 - b2) dW^2``; gives sqrt(m2), uses dW up."""
    root = np.multiply(dW, dW, out=np.empty_like(dW))
    root *= 1 - b2
    m2 *= b2
    m2 += root
    dW *= 1 - b1
    m1 *= b1
    m1 += dW
    return np.sqrt(m2, out=root)


def _adam(W: Any, dW: Any, moments: Sequence[Any], settings: Sequence[float], t: int) -> None:
    """Kingma & Ba 2015, end of section 2: eps is added to sqrt(m2) as it is, uncorrected."""
    rate, b1, b2, eps = settings[:4]
    m1, m2 = moments
    step = _update_moments(dW, m1, m2, b1, b2)
    step += eps
    np.divide(m1, step, out=step)
    step *= rate * sqrt(1 - b2**t) / (1 - b1**t)
    np.subtract(W, step, out=W)


def _adamw(W: Any, dW: Any, moments: Sequence[Any], settings: Sequence[float], t: int) -> None:
    """Loshchilov & Hutter 2019, algorithm 2: eps is added to the corrected sqrt(m2)."""
    rate, b1, b2, eps = settings[:4]
    m1, m2 = moments
    step = _update_moments(dW, m1, m2, b1, b2)
    step /= sqrt(1 - b2**t)
    step += eps
    np.divide(m1, step, out=step)
    step *= rate / (1 - b1**t)
    np.subtract(W, step, out=W)


def _radam(W: Any, dW: Any, moments: Sequence[Any], settings: Sequence[float], t: int) -> None:
    """Liu et al. 2020, algorithm 2, rectified from rho > 5 on as in the authors' code."""
    rate, b1, b2, eps = settings[:4]
    m1, m2 = moments
    step = _update_moments(dW, m1, m2, b1, b2)
    rate /= 1 - b1**t
    last = 2 / (1 - b2) - 1
    rho = last - 2 * t * b2**t / (1 - b2**t)
    if rho > 5:
        step += eps
        np.divide(m1, step, out=step)
        rectified = (rho - 4) * (rho - 2) * last / ((last - 4) * (last - 2) * rho)
        rate *= sqrt(rectified * (1 - b2**t))
    else:
        step[...] = m1
    step *= rate
    np.subtract(W, step, out=W)


def _sgd(W: Any, dW: Any, moments: Sequence[Any], settings: Sequence[float], t: int) -> None:
    """``m = momentum m + dW``, ``W -= rate m``; without momentum ``W -= rate dW``."""
    for m1 in moments:
        m1 *= settings[MOMENTUM]
        m1 += dW
        dW[...] = m1
    dW *= settings[LEARN_RATE]
    np.subtract(W, dW, out=W)


def _nesterov(W: Any, dW: Any, moments: Sequence[Any], settings: Sequence[float], t: int) -> None:
    """``m = momentum m + dW``, ``W -= rate (dW + momentum m)``."""
    for m1 in moments:
        m1 *= settings[MOMENTUM]
        m1 += dW
        dW += settings[MOMENTUM] * m1
    dW *= settings[LEARN_RATE]
    np.subtract(W, dW, out=W)


ADAM = Rule("adam", _adam, moments=2)
ADAMW = Rule("adamw", _adamw, moments=2, decay_first=True)
RADAM = Rule("radam", _radam, moments=2)
SGD_RULE = Rule("sgd", _sgd, moments=1, takes_momentum=True)
NESTEROV = Rule("nesterov", _nesterov, moments=1, takes_momentum=True)
