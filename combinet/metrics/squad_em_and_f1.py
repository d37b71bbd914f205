"""SquadEmAndF1: how well the answers to questions agree with those that people gave."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

from ..errors import DataError, ShapeError
from ..registry import registry
from .metric import Metric

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(a|an|the)\b")


@registry.metrics("SquadEmAndF1.v1")
class SquadEmAndF1(Metric):
    """SQuAD's two scores, averaged over questions: exact matches, and F1 of the words.

    Both are taken after lower-casing and without punctuation and articles, with the answer
    that fits best. Where there is no answer, the empty text is the right one.

    Source:
        Rajpurkar et al. 2016, SQuAD: 100,000+ questions for machine comprehension of text,
        section 6.1.
    """

    def __init__(self) -> None:
        self.reset()

    def __call__(
        self, predictions: str | Sequence[str], truths: Sequence[str] | Sequence[Sequence[str]]
    ) -> None:
        """Count a batch, or one question as AllenNLP has it.

        Args:
            predictions: For each question a text; or one text.
            truths: For each question its answers, or its only one; or the answers to one.

        Raises:
            ShapeError: There are not as many of the one as of the other.
            DataError: A question has no answer, not even the empty one.
        """
        if isinstance(predictions, str):
            predictions, truths = [predictions], [[_text(answer) for answer in truths]]
        if len(predictions) != len(truths):
            raise ShapeError(f"{len(predictions)} predictions and {len(truths)} truths")
        for guess, truth in zip(predictions, truths, strict=True):
            answers = [truth] if isinstance(truth, str) else truth
            if not answers:
                raise DataError("a question has no answers", fix='pass [""] where there is none')
            self._exact += max(_words(guess) == _words(answer) for answer in answers)
            self._f1 += max(_f1(_words(guess), _words(answer)) for answer in answers)
            self._questions += 1

    def get_metric(self, reset: bool = False) -> dict[str, float]:
        """``em`` and ``f1``, between 0 and 1; 0 before the first question."""
        questions = max(1, self._questions)
        scores = {"em": self._exact / questions, "f1": self._f1 / questions}
        if reset:
            self.reset()
        return scores

    def reset(self) -> None:
        """Forget every batch."""
        self._exact = self._questions = 0
        self._f1 = 0.0


def _text(answer: str | Sequence[str]) -> str:
    if not isinstance(answer, str):
        raise ShapeError("one prediction, and a list of lists of answers", fix="pass [prediction]")
    return answer


def _words(text: str) -> list[str]:
    return _ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split()


def _f1(guess: list[str], answer: list[str]) -> float:
    if not guess or not answer:
        return float(guess == answer)
    both = (Counter(guess) & Counter(answer)).total()
    return 2 * both / (len(guess) + len(answer))
