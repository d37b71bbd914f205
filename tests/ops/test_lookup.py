"""Reading rows of a table and adding to them, against torch's embeddings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from combinet.errors import DTypeError, RangeError, ShapeError
from combinet.ops import NumpyOps, Ops


@pytest.fixture(params=[Ops, NumpyOps])
def ops(request: pytest.FixtureRequest) -> Ops:
    made: Ops = request.param()
    return made


def floats(*shape: int) -> Any:
    return np.random.default_rng(0).standard_normal(shape).astype("float32")


def ids(limit: int, *shape: int) -> Any:
    return np.random.default_rng(0).integers(0, limit, shape)


def test_gather_add_is_torchs_embedding_bag(ops: Ops) -> None:
    table, indices = floats(9, 4), ids(9, 20, 3)
    wanted = torch.nn.functional.embedding_bag(
        torch.tensor(indices), torch.tensor(table), mode="sum"
    )
    np.testing.assert_allclose(ops.gather_add(table, indices), wanted.numpy(), rtol=1e-5, atol=1e-6)


def test_scatter_add_is_torchs_index_add(ops: Ops) -> None:
    table, indices, values = floats(9, 4), ids(9, 50), floats(50, 4)
    wanted = torch.tensor(table).index_add(0, torch.tensor(indices), torch.tensor(values))
    assert ops.scatter_add(table, indices, values) is table
    np.testing.assert_allclose(table, wanted.numpy(), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", ["int8", "int32", "int64", "uint32", "uint64"])
def test_ids_may_be_of_any_integer_type(ops: Ops, kind: str) -> None:
    indices = np.asarray([[1], [0]], dtype=kind)
    table = np.asarray([[5.0], [6.0]])
    assert ops.gather_add(table, indices).tolist() == [[6.0], [5.0]]
    assert ops.scatter_add(table, indices[:, 0], np.ones((2, 1))).tolist() == [[6.0], [7.0]]


def test_scatter_add_takes_ids_of_any_shape_and_broadcasts_values(ops: Ops) -> None:
    table = np.zeros((2, 3))
    ops.scatter_add(table, np.asarray([[0, 1], [1, 1]]), np.asarray([1.0, 2.0, 3.0]))
    assert table.tolist() == [[1, 2, 3], [3, 6, 9]]


def test_scatter_add_writes_through_a_strided_table(ops: Ops) -> None:
    wide = np.zeros((4, 2))
    ops.scatter_add(wide[::2], np.asarray([1, 1]), np.ones((2, 2)))
    assert wide.tolist() == [[0, 0], [0, 0], [2, 2], [0, 0]]


def test_scatter_add_skips_negative_ids(ops: Ops) -> None:
    table = np.zeros(3)
    ops.scatter_add(table, np.asarray([-1, 0, -3]), np.ones(3))
    assert table.tolist() == [1, 0, 0]


@pytest.mark.parametrize("wrong", [9, -1])
def test_gather_add_refuses_an_id_outside_the_table(ops: Ops, wrong: int) -> None:
    with pytest.raises(RangeError, match=f"from 0 to 8, got {wrong}"):
        ops.gather_add(floats(9, 4), np.asarray([[0], [wrong]]))


def test_scatter_add_refuses_an_id_beyond_the_table(ops: Ops) -> None:
    table = np.zeros((2, 1))
    with pytest.raises(IndexError, match="from 0 to 1, got 2"):
        ops.scatter_add(table, np.asarray([0, 2]), np.ones((2, 1)))
    assert not table.any()


def test_scatter_add_refuses_values_that_do_not_fit(ops: Ops) -> None:
    with pytest.raises(ShapeError, match="one row of values"):
        ops.scatter_add(np.zeros((2, 2)), np.asarray([0, 1]), np.ones((3, 2)))
    with pytest.raises(DTypeError, match="type of the table"):
        ops.scatter_add(np.zeros((2, 2)), np.asarray([0, 1]), floats(2, 2))


def test_ids_that_are_floats_are_refused(ops: Ops) -> None:
    with pytest.raises(DTypeError, match="whole numbers"):
        ops.gather_add(floats(2, 2), floats(1, 1))
