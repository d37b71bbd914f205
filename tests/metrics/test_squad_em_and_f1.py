"""SQuAD's scores on answers whose scores can be told by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from combinet.errors import DataError, ShapeError
from combinet.metrics import SquadEmAndF1

from .batches import CUTS, assert_same_in_pieces

WORDS = st.lists(st.sampled_from("cat dog cat! The an hen".split()), max_size=4).map(" ".join)


@pytest.mark.parametrize(
    ("guess", "answers", "em", "f1"),
    [
        ("The Cat!", ["cat", "dog"], 1, 1),
        ("the  cat sat", ["a cat sat."], 1, 1),
        ("black cat", ["cat", "black dog hen"], 0, 2 / 3),
        ("cat cat", ["cat"], 0, 2 / 3),
        ("cat cat", ["cat cat hen"], 0, 4 / 5),
        ("theatre", ["atre"], 0, 0),
        ("", [""], 1, 1),
        ("cat", [""], 0, 0),
        ("", ["cat"], 0, 0),
        ("the", [""], 1, 1),
        ("cat sat", ["sat cat"], 0, 1),
    ],
)
def test_the_scores_of_one_answer(guess: str, answers: list[str], em: float, f1: float) -> None:
    for batch in ((guess, answers), ([guess], [answers])):
        metric = SquadEmAndF1()
        metric(*batch)
        assert metric.get_metric() == {"em": em, "f1": pytest.approx(f1)}


@given(questions=st.lists(st.tuples(WORDS, st.lists(WORDS, min_size=1)), max_size=6), cuts=CUTS)
@settings(max_examples=40, deadline=None)
def test_the_scores_of_many_are_the_mean(questions: Any, cuts: list[int]) -> None:
    batch = [guess for guess, _ in questions], [answers for _, answers in questions]
    value = assert_same_in_pieces(SquadEmAndF1, batch, cuts)
    single: list[Any] = []
    for guess, answers in questions:
        metric = SquadEmAndF1()
        metric(guess, answers)
        single.append(metric.get_metric())
    for name in ("em", "f1"):
        mean = sum(scores[name] for scores in single) / max(1, len(single))
        assert value[name] == pytest.approx(mean)  # type: ignore[index]


def test_an_only_answer_needs_no_list() -> None:
    metric = SquadEmAndF1()
    metric(["cat", "dog"], ["cat", "hen"])
    assert metric.get_metric() == {"em": 0.5, "f1": 0.5}


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ShapeError, match="1 predictions and 2 truths"):
        SquadEmAndF1()(["cat"], [["cat"], ["dog"]])
    with pytest.raises(ShapeError, match=r"pass \[prediction\]"):
        SquadEmAndF1()("cat", [["cat"], ["dog"]])
    with pytest.raises(DataError, match="no answers"):
        SquadEmAndF1()(["cat"], [[]])
