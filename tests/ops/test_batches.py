"""Cutting data into batches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet import rng
from combinet.errors import DataError, DTypeError, ShapeError
from combinet.ops import Ops
from combinet.types import Pairs

ops = Ops()


@pytest.mark.parametrize(
    ("sequence", "wanted"),
    [
        ([1, 2, 3], [[1, 2], [3]]),
        ((1, 2, 3), [(1, 2), (3,)]),
        ([], []),
    ],
)
def test_lists_give_lists_and_tuples_tuples(sequence: Any, wanted: Any) -> None:
    assert list(ops.minibatch(2, sequence)) == wanted


def test_arrays_give_arrays_of_their_own() -> None:
    X = np.arange(6).reshape(3, 2)
    batches = list(ops.minibatch(2, X))
    assert [batch.tolist() for batch in batches] == [[[0, 1], [2, 3]], [[4, 5]]]
    assert not np.shares_memory(batches[0], X)


def test_anything_else_is_indexed_with_an_array_of_ints() -> None:
    pairs = Pairs(np.arange(3), np.arange(3) * 10)
    assert [batch.two.tolist() for batch in ops.minibatch(2, pairs)] == [[0, 10], [20]]


def test_sizes_may_come_from_a_schedule_that_is_drawn_from_at_the_call() -> None:
    sizes = iter([1, 2, 4, 8])
    batches = ops.minibatch(sizes, list(range(6)))
    assert next(sizes) == 8
    assert [len(batch) for batch in batches] == [1, 2, 3]


def test_batches_have_a_length_and_start_anew() -> None:
    batches = ops.minibatch(4, list(range(9)))
    assert len(batches) == 3
    assert list(batches) == list(batches)


def test_multibatch_keeps_sequences_in_step() -> None:
    X, Y = np.arange(10), [str(i) for i in range(10)]
    for x, y in ops.multibatch(3, X, Y, shuffle=True):
        assert [str(i) for i in x] == y


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("buffer", [1, 2, 100])
def test_every_item_comes_once(shuffle: bool, buffer: int) -> None:
    batches = ops.minibatch(3, list(range(10)), shuffle=shuffle, buffer=buffer)
    assert sorted(item for batch in batches for item in batch) == list(range(10))


def test_each_epoch_has_an_order_of_its_own() -> None:
    batches = ops.minibatch(50, list(range(50)), shuffle=True)
    assert list(batches) != list(batches)


def test_the_order_depends_on_the_seed_and_on_no_other_draw() -> None:
    def orders() -> list[Any]:
        rng.fix_random_seed(3)
        np.random.rand()  # noqa: NPY002
        batches = ops.minibatch(50, list(range(50)), shuffle=True)
        return [list(batches), list(batches)]

    assert orders() == orders()


def test_shuffling_leaves_numpys_global_state_alone() -> None:
    np.random.seed(0)  # noqa: NPY002
    list(ops.minibatch(2, list(range(9)), shuffle=True))
    drawn = np.random.rand()  # noqa: NPY002
    np.random.seed(0)  # noqa: NPY002
    assert drawn == np.random.rand()  # noqa: NPY002


def test_data_without_a_length_is_refused() -> None:
    with pytest.raises(ValueError, match="has a length, got generator"):
        ops.minibatch(2, (i for i in range(3)))
    with pytest.raises(DTypeError):
        ops.multibatch(2, [1], iter([1]))


def test_sequences_of_different_lengths_are_refused() -> None:
    with pytest.raises(ShapeError, match="one length"):
        ops.multibatch(2, [1, 2], [1])


@pytest.mark.parametrize("size", [0, -1, [1, 0]])
def test_a_size_below_one_is_refused(size: Any) -> None:
    with pytest.raises(ShapeError, match="at least one item"):
        ops.minibatch(size, [1, 2])


def test_sizes_that_end_too_early_are_refused() -> None:
    with pytest.raises(DataError, match="ended at item 1 of 3"):
        ops.minibatch([1], [1, 2, 3])
