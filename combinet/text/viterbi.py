"""viterbi: the best labels of whole documents."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..types import Ints1d
from .linear_chain import scored_steps
from .transitions import ChainScores


def viterbi(scores: ChainScores, legal: Any = None) -> list[Ints1d]:
    """The labels of each document whose scores and transitions add up to the most.

    Where two are equally good, the one with the lower label at the last difference is taken.

    Args:
        scores: Of labels and of transitions, as ``Transitions`` gives them.
        legal: [i, j] is false where label j cannot follow label i, as ``legal_transitions`` says.

    Shapes:
        A list of (n, nO) and T (nO + 1, nO + 1) -> a list of (n,) int64.

    Raises:
        ShapeError: The scores do not fit each other.

    Source:
        Viterbi 1967, Error bounds for convolutional codes, section IV.
    """
    steps, T = scored_steps(scores, legal)
    n = len(T) - 1
    best, came_from = np.zeros_like(steps.X), np.zeros(steps.X.shape, dtype="int64")
    for t, rows in enumerate(steps.rows):
        if t:
            # (documents, label before, label)
            paths: Any = best[steps.rows[t - 1][: len(rows)]][:, :, None] + T[:n, :n]
            came_from[rows] = paths.argmax(axis=1)
            best[rows] = paths.max(axis=1) + steps.X[rows]
        else:
            best[rows] = T[n, :n] + steps.X[rows]
    labels: Any = np.zeros(len(steps.X), dtype="int64")
    labels[steps.last] = (best[steps.last] + T[:n, n]).argmax(axis=1)
    for t in range(len(steps.rows) - 1, 0, -1):
        rows = steps.rows[t]
        labels[rows - 1] = came_from[rows, labels[rows]]
    bounds = np.cumsum(steps.lengths)
    return [labels[end - size : end] for end, size in zip(bounds, steps.lengths, strict=True)]
