"""Instances in, fields out."""

from __future__ import annotations

import numpy as np
import pytest

from combinet import fix_random_seed
from combinet.errors import CombinetError, DataError
from combinet.training import Batches, batch_by_count, collate
from combinet.training.batches import count_units

NUMBERS = [{"n": i} for i in range(10)]


def order(batches: Batches) -> list[int]:
    return [int(n) for batch in batches for n in batch["n"]]


def test_without_shuffle_the_order_is_that_of_the_instances() -> None:
    batches = Batches(NUMBERS, 4)
    assert [list(batch["n"]) for batch in batches] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert order(batches) == list(range(10))


@pytest.mark.parametrize(("rows", "size", "number"), [(10, 4, 3), (8, 4, 2), (0, 4, 0), (1, 9, 1)])
def test_its_length_is_the_number_of_batches(rows: int, size: int, number: int) -> None:
    batches = Batches(NUMBERS[:rows], size)
    assert len(batches) == len(list(batches)) == number


def test_every_instance_comes_once_an_epoch_in_a_new_order() -> None:
    batches = Batches(NUMBERS, 3, shuffle=True, seed=1)
    first, second = order(batches), order(batches)
    assert sorted(first) == sorted(second) == list(range(10))
    assert first != second


def test_the_order_depends_on_seed_and_epoch_alone() -> None:
    first = Batches(NUMBERS, 3, shuffle=True, seed=1)
    orders = [order(first), order(first)]
    np.random.rand(5)  # noqa: NPY002 - what somebody else draws
    fix_random_seed(9)
    second = Batches(NUMBERS, 7, shuffle=True, seed=1)
    assert [order(second), order(second)] == orders
    assert order(Batches(NUMBERS, 3, shuffle=True, seed=2)) != orders[0]


def test_an_epoch_can_be_taken_up_again() -> None:
    first, second = (Batches(NUMBERS, 3, shuffle=True, seed=1) for _ in range(2))
    order(first)
    second.epoch = 1
    assert order(second) == order(first)


def test_without_a_seed_the_process_gives_it() -> None:
    orders = []
    for seed in (1, 1, 2):
        fix_random_seed(seed)
        orders.append(order(Batches(NUMBERS, 3, shuffle=True)))
    assert orders[0] == orders[1] != orders[2]


def test_a_batch_of_nothing_is_refused() -> None:
    with pytest.raises(CombinetError, match="size 0"):
        Batches(NUMBERS, 0)


def test_numbers_and_equal_rows_become_arrays_and_the_rest_lists() -> None:
    batch = collate(
        [
            {"i": 1, "f": 0.5, "s": "a", "row": np.zeros(2), "ragged": np.zeros(1), "words": ["x"]},
            {"i": 2, "f": 2, "s": "b", "row": np.ones(2), "ragged": np.zeros(2), "words": []},
        ]
    )
    assert batch["i"].dtype.kind == "i"
    assert batch["f"].dtype == "float32"
    assert batch["row"].shape == (2, 2)
    assert [each.shape for each in batch["ragged"]] == [(1,), (2,)]
    assert (batch["s"], batch["words"]) == (["a", "b"], [["x"], []])


def test_numbers_among_texts_stay_what_they_are() -> None:
    assert collate([{"id": 1}, {"id": "b"}]) == {"id": [1, "b"]}


def test_fields_may_come_in_another_order() -> None:
    batch = collate([{"text": "a", "label": "x"}, {"label": "y", "text": "b"}])
    assert batch == {"text": ["a", "b"], "label": ["x", "y"]}


@pytest.mark.parametrize("other", [{"text": "b"}, {"text": "b", "label": "y", "more": 1}, {}])
def test_other_fields_are_named(other: dict[str, str]) -> None:
    with pytest.raises(DataError, match="instance 1 .* other fields") as raised:
        collate([{"text": "a", "label": "x"}, other])
    assert raised.value.facts == {"first": "text, label", "other": ", ".join(other)}


@pytest.mark.parametrize(
    ("fields", "units"),
    [
        ({"text": [["a", "b"], [], ["c"]], "label": [0, 1, 0]}, (3, "words")),
        ({"text": ["a b", "c"], "label": [0, 1]}, (2, "rows")),
        ({"x": np.zeros((5, 3))}, (5, "rows")),
        ({}, (0, "rows")),
    ],
)
def test_units_are_words_where_there_are_lists_of_words_and_rows_elsewhere(
    fields: dict[str, object], units: tuple[int, str]
) -> None:
    assert count_units(fields) == units


def test_a_batch_without_instances_is_refused() -> None:
    with pytest.raises(DataError, match="no instances"):
        collate([])


def test_a_batcher_makes_the_batches_of_the_order_of_the_epoch() -> None:
    batches = Batches(NUMBERS, lambda rows: (rows[:3], rows[3:]), shuffle=True, seed=1)
    alike = Batches(NUMBERS, 3, shuffle=True, seed=1)
    assert len(batches) == 2
    assert [len(batch["n"]) for batch in batches] == [3, 7]
    assert order(Batches(NUMBERS, lambda rows: [rows], shuffle=True, seed=1)) == order(alike)


def test_asking_for_the_length_does_not_change_the_order() -> None:
    one, two = (Batches(NUMBERS, batch_by_count(3), shuffle=True, seed=1) for _ in range(2))
    assert len(one) == 4
    assert order(one) == order(two)
