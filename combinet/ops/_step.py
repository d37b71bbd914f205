"""One step of an optimizer on all its parameters."""

from __future__ import annotations

from math import isfinite, sqrt
from typing import Any

import numpy as np

from ._base import BaseOps
from .step_table import DECAY, GRAD_CLIP, L2, StepTable, T


class StepOps(BaseOps):
    """The batched step. NumPy's functions serve CuPy's arrays too: they dispatch."""

    def take_step(self, table: StepTable) -> int:
        """Clip the gradients, step, zero them, decay the weights, let the averages follow.

        In this order: gradients are cut by value, then scaled by the norm of all; the penalty
        is added; each is clipped by its own norm; the rule takes its step.

        Returns:
            -1, or which of the gradients is the first that holds NaN or infinite numbers: then
            no weight was changed.
        """
        gradients, norms = table.gradients, _norms(table.gradients)
        if not all(map(isfinite, norms)):
            return _first_bad(norms)
        if table.clip_value:
            for dW in gradients:
                np.clip(dW, -table.clip_value, table.clip_value, out=dW)
            norms = _norms(gradients)
        if table.max_norm:
            norms = _clip_together(gradients, norms, table.max_norm)
        if table.settings[:, L2].any():
            for W, dW, penalty in zip(
                table.weights, gradients, table.settings[:, L2].tolist(), strict=True
            ):
                dW += penalty * W
            norms = _norms(gradients)
            if not all(map(isfinite, norms)):
                return _first_bad(norms)
        table.settings[:, T] += 1
        for row, norm in enumerate(norms):
            _step_row(table, row, norm)
        return -1


def _step_row(table: StepTable, row: int, norm: float) -> None:
    settings: list[float] = table.settings[row].tolist()
    W, dW = table.weights[row], table.gradients[row]
    t, decay, limit = int(settings[T]), settings[DECAY], settings[GRAD_CLIP]
    moments = [m for m in (table.mom1[row], table.mom2[row]) if m is not None]
    if limit and norm >= limit:
        dW *= limit / norm
    if decay and table.decay_first:
        np.multiply(W, 1 - decay, out=W)
    table.update(W, dW, moments, settings, t)
    dW[...] = 0
    if decay and not table.decay_first:
        np.multiply(W, 1 - decay, out=W)
    if table.averages is not None:
        _follow(table.averages[row], W, t)


def _follow(average: Any, W: Any, t: int, max_decay: float = 0.9999) -> None:
    """``average = d average + (1 - d) W`` with ``d = min((1 + t) / (10 + t), max_decay)``."""
    decay = min((1 + t) / (10 + t), max_decay)
    change = np.subtract(average, W, out=np.empty_like(average))
    change *= 1 - decay
    average -= change


def _norms(gradients: list[Any]) -> list[float]:
    """The norm of each, not finite where it is not; on a GPU they come over in one transfer."""
    with np.errstate(over="ignore", invalid="ignore"):
        squares = [_square(dW) for dW in gradients]
    if squares and hasattr(squares[0], "get"):
        squares = np.stack(squares).tolist()
    return [
        sqrt(square) if isfinite(square) else _norm_in_full(dW)
        for dW, square in zip(gradients, squares, strict=True)
    ]


def _square(dW: Any) -> Any:
    flat = dW.reshape((-1,))
    return flat @ flat


def _norm_in_full(dW: Any) -> float:
    """The norm where the sum of squares overflowed; infinite where the gradient is not finite."""
    if not bool(np.isfinite(dW).all()):
        return float("inf")
    largest = float(abs(dW).max())
    scaled: Any = (dW / largest).astype("float64")
    return largest * sqrt(float(_square(scaled)))


def _first_bad(norms: list[float]) -> int:
    return next(row for row, norm in enumerate(norms) if not isfinite(norm))


def _clip_together(gradients: list[Any], norms: list[float], limit: float) -> list[float]:
    """Scale all gradients by one factor so that together they are no longer than ``limit``."""
    total = sqrt(sum(norm * norm for norm in norms))
    if total <= limit:
        return norms
    factor = limit / total
    for dW in gradients:
        dW *= factor
    return [norm * factor for norm in norms]
