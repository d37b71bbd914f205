"""BLEU: how much of a translation stands in its references, in runs of words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Sequence
from math import exp, log
from typing import Any, TypeAlias, cast

from ..errors import ConfigError, DTypeError, ShapeError
from ..registry import registry
from .metric import Metric

Token: TypeAlias = Hashable
Tokens: TypeAlias = list[Token]


@registry.metrics("BLEU.v1")
class BLEU(Metric):
    """``min(1, exp(1 - r / c)) prod_n p_n ^ weight_n``, between 0 and 1, of the whole corpus.

    p_n is the part of the runs of n tokens in the predictions that stand in a reference, each
    counted no more often than there; c is the length of all predictions, r that of the
    references, of each the one closest in length. Without smoothing: 0 where some p_n is 0.

    Args:
        ngram_weights: Of runs of 1, 2, ... tokens.
        exclude_indices: Tokens that are taken out first, such as those of padding and ends.

    Raises:
        ConfigError: There are no weights, or one is below 0.

    Source:
        Papineni et al. 2002, BLEU: a method for automatic evaluation of machine translation.
    """

    def __init__(
        self,
        ngram_weights: Sequence[float] = (0.25, 0.25, 0.25, 0.25),
        exclude_indices: Collection[Token] = (),
    ) -> None:
        if not ngram_weights or min(ngram_weights) < 0:
            raise ConfigError("ngram_weights are at least one, none below 0", got=ngram_weights)
        self.ngram_weights, self.exclude_indices = tuple(ngram_weights), frozenset(exclude_indices)
        self.reset()

    def __call__(self, predictions: Any, truths: Any) -> None:
        """Count a batch.

        Args:
            predictions: For each sentence its tokens, as texts or numbers.
            truths: For each sentence a reference, or a list of references.

        Raises:
            ShapeError: There are not as many of the one as of the other.
            DTypeError: A sentence is a text; it has to be split into tokens first.
        """
        if len(predictions) != len(truths):
            raise ShapeError(f"{len(predictions)} predictions and {len(truths)} truths")
        sentences = [self._tokens(prediction) for prediction in predictions]
        references = [[self._tokens(r) for r in _references(truth)] for truth in truths]
        for sentence, known in zip(sentences, references, strict=True):
            self._count(sentence, known)

    def get_metric(self, reset: bool = False) -> float:
        """The score, between 0 and 1; 0 before the first sentence."""
        value = self._score()
        if reset:
            self.reset()
        return value

    def reset(self) -> None:
        """Forget every batch."""
        self._matches = [0] * len(self.ngram_weights)
        self._totals = [0] * len(self.ngram_weights)
        self._length = self._reference_length = 0

    def _count(self, sentence: Tokens, references: list[Tokens]) -> None:
        self._length += len(sentence)
        lengths = [len(reference) for reference in references]
        self._reference_length += min(lengths, key=lambda n: (abs(n - len(sentence)), n))
        for n in range(1, len(self.ngram_weights) + 1):
            runs, allowed = _runs(sentence, n), Counter[tuple[Token, ...]]()
            for reference in references:
                allowed |= _runs(reference, n)
            self._matches[n - 1] += (runs & allowed).total()
            self._totals[n - 1] += runs.total()

    def _score(self) -> float:
        logarithm = 0.0
        for weight, matches, total in zip(
            self.ngram_weights, self._matches, self._totals, strict=True
        ):
            if weight and not matches:
                return 0.0
            logarithm += weight * log(matches / total) if weight else 0.0
        if not self._length:
            return 0.0
        return exp(logarithm + min(0.0, 1 - self._reference_length / self._length))

    def _tokens(self, sentence: Any) -> Tokens:
        if isinstance(sentence, str):
            raise DTypeError(
                "a sentence is a text", got=sentence[:60], fix="split it into tokens first"
            )
        tokens = cast(
            "Iterable[Token]", sentence.tolist() if hasattr(sentence, "tolist") else sentence
        )
        return [token for token in tokens if token not in self.exclude_indices]


def _references(truth: Any) -> list[Any]:
    """The references of a sentence: itself where its first item is a token."""
    if isinstance(truth, str) or not len(truth):
        return [truth]
    first = truth[0]
    several = isinstance(first, (list, tuple)) or getattr(first, "ndim", 0) > 0
    return list(truth) if several else [truth]


def _runs(tokens: Tokens, n: int) -> Counter[tuple[Token, ...]]:
    return Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))
