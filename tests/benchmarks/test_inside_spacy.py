"""The turns that pipelines of spaCy's take, and what is made of their answers."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks import inside_spacy
from benchmarks.inside_spacy import Row, predict, right, spread, train
from benchmarks.peers.with_spacy_tagger import model_of


class FakeWorker:
    """Has so many turns in an epoch."""

    def __init__(self, contestant: Any, turns: int, log: list[str]) -> None:
        self.contestant, self.turns, self.left, self.log = contestant, turns, turns, log

    def ask(self, do: str, **_: Any) -> dict[str, Any]:
        self.log.append(self.contestant.variant)
        if do == "predict":
            return {"tags": [["A", "B"]], "words": 20, "seconds": 2.0}
        self.left -= 1
        ends = self.left < 0
        if ends:
            self.left = self.turns
        return {"words": 10, "seconds": 2.0, "epoch_ends": ends}


def crew(log: list[str]) -> tuple[list[Any], dict[str, Row]]:
    found: list[Any] = [FakeWorker(c, 3, log) for c in inside_spacy.CONTESTANTS]
    return found, {c.name: Row() for c in inside_spacy.CONTESTANTS}


def test_all_take_turns_until_the_last_epoch_ends_and_the_first_does_not_count() -> None:
    log: list[str] = []
    workers, rows = crew(log)
    train(workers, rows, epochs=2)
    assert log[:6] == ["stock", "encoder", "all", "alone", "encoder", "all"]
    assert {name: len(row.train) for name, row in rows.items()} == dict.fromkeys(rows, 5)
    assert set(rows["spaCy"].train) == {5.0}


def test_every_part_is_tagged_in_turns_and_scored_once() -> None:
    workers, rows = crew([])
    predict(workers, rows, {"dev": [(["x", "y"], ["A", "B"])], "test": [(["x", "y"], ["A", "A"])]})
    assert rows["combinet"].accuracy == {"dev": [1.0], "test": [0.5]}
    assert rows["combinet"].predict == [10.0] * 2 * inside_spacy.ROUNDS
    assert rows["combinet"].summary()["mean_accuracy"] == {"dev": 1.0, "test": 0.5}


def test_a_spread_is_the_median_and_the_middle_half() -> None:
    assert spread([1.0, 10.0, 20.0, 30.0, 99.0]) == {"median": 20, "iqr": 20, "turns": 5}
    assert spread([]) == {"turns": 0}


def test_sentences_of_another_length_are_no_answer() -> None:
    with pytest.raises(ValueError, match="zip"):
        right([["A"]], [(["x", "y"], ["A", "B"])])


def test_variants_differ_in_whose_blocks_they_have_and_in_nothing_else() -> None:
    def names(block: dict[str, Any]) -> list[str]:
        found = [block["@architectures"].partition(".")[0]]
        for value in block.values():
            found += names(value) if isinstance(value, dict) else []
        return found

    assert names(model_of("stock")) == ["spacy"] * 4
    assert names(model_of("encoder")) == ["spacy", "spacy", "spacy", "combinet"]
    assert names(model_of("all")) == ["combinet"] * 4
    one, two = model_of("stock")["tok2vec"]["encode"], model_of("all")["tok2vec"]["encode"]
    assert {**one, "@architectures": ""} == {**two, "@architectures": ""}
