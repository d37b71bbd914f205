"""The linear-chain conditional random field: its loss, and how probable each label is.

All documents of a batch take each step together. Sums over labels are matrix products of numbers
that are scaled at each step, in float64: scores may differ by some 700 before an error says
that they are too far apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..errors import LabelError, NonFiniteError, ShapeError
from ..losses.loss import Loss
from ..registry import registry
from ..types import Floats2d, Ints1d
from .transitions import ChainScores


class Steps:
    """Documents laid end to end, and which rows take each step.

    Args:
        scores: (n, labels) of each document.
        labels: Their number.
    """

    def __init__(self, scores: Sequence[Any], labels: int) -> None:
        hosts = [_host(each) for each in scores]
        self.lengths: Any = np.array([len(each) for each in hosts], dtype="int64")
        rows = [np.zeros((0, labels)), *(each.reshape((-1, labels)) for each in hosts)]
        self.X: Any = np.concatenate(rows, dtype="float64")
        starts: Any = np.cumsum(self.lengths) - self.lengths
        order: Any = np.argsort(-self.lengths, kind="stable")
        order = order[: int((self.lengths > 0).sum())]
        self.first: Any = starts[order]
        self.last: Any = self.first + self.lengths[order] - 1
        longest = int(self.lengths.max(initial=0))
        sizes: Any = (self.lengths[None, order] > np.arange(longest)[:, None]).sum(axis=1)
        #: The rows of step t, those of the longest documents first.
        self.rows: list[Any] = [self.first[:size] + t for t, size in enumerate(sizes)]

    def split(self, rows: Any, like: Sequence[Any]) -> list[Any]:
        """Rows as a list of documents again, each of the type of its like."""
        parts = np.split(rows, np.cumsum(self.lengths)[:-1]) if len(like) else []
        return [
            np.asarray(part, dtype=each.dtype, like=each)
            for part, each in zip(parts, like, strict=True)
        ]


class _Sums(NamedTuple):
    """What running over the documents both ways gives."""

    log_total: float
    probabilities: Any  # (rows, labels)
    transitions: Any  # (labels + 1, labels + 1), how often each is expected


def marginals(scores: ChainScores, legal: Any = None) -> list[Floats2d]:
    """How probable each label of each word is, given the whole document.

    Args:
        scores: Of labels and of transitions, as ``Transitions`` gives them.
        legal: [i, j] is false where label j cannot follow label i, as ``legal_transitions`` says.

    Shapes:
        A list of (n, nO) and T (nO + 1, nO + 1) -> a list of (n, nO).
    """
    steps, T = scored_steps(scores, legal)
    return steps.split(_run(steps, T).probabilities, scores[0])


@registry.losses("LinearChainCrossentropy.v1")
class LinearChainCrossentropy(Loss[ChainScores, Sequence[Ints1d]]):
    """``-log p`` of the labels of whole documents, divided by the number of words.

    With s the sum of the scores of labels and transitions along a document,
    ``p = exp(s(labels)) / sum(exp(s(others)))``, the sum over all labels that are legal. The
    gradient is exact: how often a label or a transition is expected, less how often it is there.

    Args:
        legal: As ``legal_transitions`` gives it; everything is legal when omitted.

    Shapes:
        guesses: a list of (n, nO), and T (nO + 1, nO + 1); truths: a list of (n,) labels.

    Raises:
        ShapeError: There is not one label for each word.
        LabelError: A label is out of range, or cannot stand where it does.
        NonFiniteError: Scores are not finite, or differ by more than 700.

    Source:
        Lafferty, McCallum & Pereira 2001, Conditional random fields; Rabiner 1989, A tutorial on
        hidden Markov models, section V.A, for the scaling.
    """

    def __init__(self, legal: Any = None) -> None:
        self.legal = legal

    def __call__(self, guesses: ChainScores, truths: Sequence[Ints1d]) -> tuple[ChainScores, float]:
        """The gradient and ``value``, from one run over the documents."""
        steps, T = scored_steps(guesses, self.legal)
        labels = _labels(steps, truths, len(T) - 1)
        found, words = _run(steps, T), max(1, len(labels))
        rows = np.arange(len(labels))
        before, after = _pairs(steps, labels, len(T) - 1)
        true = float(steps.X[rows, labels].sum() + T[before, after].sum())
        if not np.isfinite(true):
            raise _illegal(T, before, after)
        dX, dT = found.probabilities, found.transitions
        dX[rows, labels] -= 1
        np.subtract.at(dT, (before, after), 1)
        scores: Any = guesses[0]
        transitions: Any = guesses[1]
        dT = np.asarray(dT / words, dtype=transitions.dtype, like=transitions)
        return (steps.split(dX / words, scores), dT), (found.log_total - true) / words

    def get_grad(self, guesses: ChainScores, truths: Sequence[Ints1d]) -> ChainScores:
        """The gradient of ``value``."""
        return self(guesses, truths)[0]

    def get_loss(self, guesses: ChainScores, truths: Sequence[Ints1d]) -> float:
        """The mean of ``-log p`` over the words."""
        return self(guesses, truths)[1]


def _run(steps: Steps, T: Any) -> _Sums:
    """Forward, then backward, over all documents at once."""
    n = len(T) - 1
    top = float(T.max(initial=0.0))
    M = np.exp(T - top)  # 0 where it is illegal
    inner, begin, end = M[:n, :n], M[n, :n], M[:n, n]
    alpha, beta = np.zeros_like(steps.X), np.zeros_like(steps.X)
    log_total, expected = 0.0, np.zeros_like(M)
    for t, rows in enumerate(steps.rows):
        reached = alpha[steps.rows[t - 1][: len(rows)]] @ inner if t else begin
        alpha[rows], logs = _scaled(_log(reached) + steps.X[rows])
        log_total += float(logs.sum()) + top * len(rows)
    closed = alpha[steps.last] @ end
    if not (closed > 0).all():
        raise NonFiniteError(
            "scores of labels are not finite, or differ too much for a sum over all of them",
            largest=float(np.abs(steps.X).max()),
            fix="lower the learning rate, or clip the gradient",
        )
    log_total += float(_log(closed).sum()) + top * len(closed)
    beta[steps.last] = end
    for t in range(len(steps.rows) - 1, 0, -1):
        rows, previous = steps.rows[t], steps.rows[t - 1][: len(steps.rows[t])]
        ahead, _ = _scaled(_log(beta[rows]) + steps.X[rows])
        beta[previous] = ahead @ inner.T
        weights = alpha[previous] / (alpha[previous] * beta[previous]).sum(axis=1, keepdims=True)
        expected[:n, :n] += inner * (weights.T @ ahead)
    both = alpha * beta
    probabilities = both / both.sum(axis=1, keepdims=True)
    expected[n, :n] = probabilities[steps.first].sum(axis=0)
    expected[:n, n] = probabilities[steps.last].sum(axis=0)
    return _Sums(log_total, probabilities, expected)


def _scaled(logs: Any) -> tuple[Any, Any]:
    """``exp(logs)`` with rows that sum to 1, and the logarithms of what they summed to."""
    highest = logs.max(axis=1, keepdims=True)
    values = np.exp(logs - highest)
    total = values.sum(axis=1, keepdims=True)
    return values / total, (highest + np.log(total))[:, 0]


def _log(values: Any) -> Any:
    with np.errstate(divide="ignore"):  # what cannot be reached is at minus infinity
        return np.log(values)


def scored_steps(scores: ChainScores, legal: Any) -> tuple[Steps, Any]:
    """The documents, and the transitions with minus infinity where they are not legal.

    Raises:
        ShapeError: They do not fit each other.
    """
    Xs, transitions = scores
    T = _host(transitions).astype("float64")
    if T.ndim != 2 or T.shape[0] != T.shape[1]:
        raise ShapeError("scores of transitions are (labels + 1, labels + 1)", T=T.shape)
    for X in Xs:
        if X.ndim != 2 or (len(X) and X.shape[1] != len(T) - 1):
            raise ShapeError(f"a document has scores of {len(T) - 1} labels", X=X.shape, T=T.shape)
    if legal is not None:
        if legal.shape != T.shape:
            raise ShapeError("what is legal is of another shape", legal=legal.shape, T=T.shape)
        return Steps(Xs, len(T) - 1), np.where(legal, T, -np.inf)
    return Steps(Xs, len(T) - 1), T


def _labels(steps: Steps, truths: Sequence[Any], n: int) -> Any:
    """All labels end to end."""
    given = [len(each) for each in truths]
    if given != steps.lengths.tolist():
        raise ShapeError("there is not one label for each word", labels=given, words=steps.lengths)
    labels: Any = np.concatenate([np.zeros(0, "int64"), *(_host(each) for each in truths)])
    labels = labels.astype("int64")
    if len(labels) and not 0 <= int(labels.min()) <= int(labels.max()) < n:
        raise LabelError(f"labels are numbers from 0 to {n - 1}", highest=int(labels.max()))
    return labels


def _pairs(steps: Steps, labels: Any, n: int) -> tuple[Any, Any]:
    """Every transition there is: behind which label, and to which; n beyond the ends."""
    inner: Any = np.ones(len(labels), dtype=bool)
    inner[steps.first] = False
    second = np.flatnonzero(inner)
    beyond = np.full(len(steps.first), n)
    before = np.concatenate([labels[second - 1], beyond, labels[steps.last]])
    after = np.concatenate([labels[second], labels[steps.first], beyond])
    return before, after


def _illegal(T: Any, before: Any, after: Any) -> LabelError:
    place = int(np.flatnonzero(~np.isfinite(T[before, after]))[0])
    one, other, n = int(before[place]), int(after[place]), len(T) - 1
    if one == n:
        what = f"no document may begin with label {other}"
    elif other == n:
        what = f"no document may end with label {one}"
    else:
        what = f"label {other} may not follow label {one}"
    return LabelError(what, fix="check_tags() finds the tag")


def _host(array: Any) -> Any:
    """An array of any backend as NumPy's."""
    return array.get() if hasattr(array, "get") else np.asarray(array)
