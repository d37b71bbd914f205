"""How instances become batches: by count, by words, by the size with padding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from combinet import Config, registry
from combinet.errors import CombinetError, ConfigError, DataError
from combinet.training import batch_by_count, batch_by_padded, batch_by_words
from combinet.training.run import Run

LENGTHS = st.lists(st.integers(0, 12), max_size=40)


def documents(lengths: Sequence[int]) -> list[dict[str, Any]]:
    return [{"id": i, "text": ["w"] * n, "label": "x"} for i, n in enumerate(lengths)]


def sizes(batches: Iterable[Sequence[Any]]) -> list[list[int]]:
    return [[len(each["text"]) for each in batch] for batch in batches]


def test_by_count_the_last_batch_has_what_is_left() -> None:
    assert sizes(batch_by_count(2)(documents([1, 2, 3]))) == [[1, 2], [3]]
    assert sizes(batch_by_count(2)([])) == []


def test_by_words_a_batch_is_filled_to_its_size_and_a_little_over() -> None:
    found = sizes(batch_by_words(10, tolerance=0.2)(documents([5, 5, 5, 7, 6, 7, 3])))
    assert found == [[5, 5], [5, 7], [6], [7, 3]]


def test_by_words_what_is_too_large_comes_alone_or_not_at_all() -> None:
    docs = documents([1, 50, 2])
    assert sizes(batch_by_words(10)(docs)) == [[1], [50], [2]]
    assert sizes(batch_by_words(10, discard_oversize=True)(docs)) == [[1, 2]]


def test_by_padded_those_of_like_lengths_come_together() -> None:
    found = sizes(batch_by_padded(12)(documents([9, 1, 3, 1, 3, 2])))
    assert found == [[1, 1, 2, 3], [3], [9]]


def test_by_padded_only_a_buffer_at_a_time_is_sorted() -> None:
    found = sizes(batch_by_padded(4, buffer=2)(documents([3, 1, 2, 1])))
    assert found == [[1], [3], [1, 2]]


def test_by_padded_what_is_too_large_comes_alone_or_not_at_all() -> None:
    docs = documents([1, 50, 2])
    assert sizes(batch_by_padded(4)(docs)) == [[1, 2], [50]]
    assert sizes(batch_by_padded(4, discard_oversize=True)(docs)) == [[1, 2]]


@given(LENGTHS, st.integers(1, 30), st.floats(0, 1))
def test_by_words_every_instance_comes_once_in_order(
    lengths: list[int], size: int, tolerance: float
) -> None:
    batches = list(batch_by_words(size, tolerance)(documents(lengths)))
    assert [each["id"] for batch in batches for each in batch] == list(range(len(lengths)))
    most = size * (1 + tolerance)
    assert all(len(batch) == 1 or sum(batch) <= most for batch in sizes(batches))


@given(LENGTHS, st.integers(1, 30), st.integers(1, 50))
def test_by_padded_every_instance_comes_once(lengths: list[int], size: int, buffer: int) -> None:
    batches = list(batch_by_padded(size, buffer)(documents(lengths)))
    assert sorted(each["id"] for batch in batches for each in batch) == list(range(len(lengths)))
    assert all(len(batch) == 1 or max(batch) * len(batch) <= size for batch in sizes(batches))


@pytest.mark.parametrize("make", [batch_by_words, batch_by_padded])
def test_instances_without_words_cannot_be_batched_by_them(make: Any) -> None:
    with pytest.raises(DataError, match="no list of words") as raised:
        list(make(10)([{"text": "two words", "label": "x"}]))
    assert raised.value.facts == {"fields": "text, label"}


@pytest.mark.parametrize(
    ("make", "settings", "named"),
    [
        (batch_by_count, {"size": 0}, "size = 0"),
        (batch_by_words, {"size": -1}, "size = -1"),
        (batch_by_words, {"size": 5, "tolerance": -0.1}, "tolerance = -0.1"),
        (batch_by_words, {"size": 5, "tolerance": float("nan")}, "tolerance = nan"),
        (batch_by_padded, {"size": 0}, "size = 0"),
        (batch_by_padded, {"size": 5, "buffer": 0}, "buffer = 0"),
    ],
)
def test_a_size_that_makes_no_sense_is_named(make: Any, settings: Any, named: str) -> None:
    with pytest.raises(CombinetError, match=named):
        make(**settings)


CONFIG = """
[data]
train = "train.tsv"

[data.reader]
@readers = "combinet.ClassificationTSV.v1"

[model]
@architectures = "combinet.TextCatBOW.v1"
exclusive_classes = true
ngram_size = 1
no_output_layer = false
length = 64

[training]
num_epochs = 1

[training.optimizer]
@optimizers = "Adam.v1"

[training.batcher]
@batchers = "combinet.batch_by_words.v1"
size = 6
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    path = tmp_path / "train.tsv"
    path.write_text("a b c\tx\nd e\ty\nf g h\tx\ni\ty\n")
    return Config().from_str(CONFIG, overrides={"data.train": str(path)})


def test_a_config_names_a_batcher(config: Config) -> None:
    run = Run(config)
    assert run.batches_per_epoch == 2
    assert sorted(len(batch["text"]) for batch in run.trainer.data_loader) in ([1, 3], [2, 2])
    assert run.trainer.train()["epoch"] == 0


def test_a_batcher_of_ones_own_is_registered_as_ours_are(config: Config) -> None:
    @registry.batchers("test_batchers.all_in_one.v1")
    def all_in_one() -> Any:
        return lambda instances: [instances]

    try:
        config["training"]["batcher"] = {"@batchers": "test_batchers.all_in_one.v1"}
        assert Run(config).batches_per_epoch == 1
    finally:
        registry.batchers.unregister("test_batchers.all_in_one.v1")


def test_what_is_no_batcher_is_refused(config: Config) -> None:
    config["training"]["batcher"] = 5
    with pytest.raises(ConfigError, match="batcher"):
        Run(config)
