"""Making arrays, reshaping them, moving them."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
import torch

from combinet.errors import MissingPackageError, ShapeError
from combinet.ops import CupyOps, Ops

ops = Ops()


def test_backends_pickle_and_copy_although_they_hold_a_module() -> None:
    held = CupyOps(device_id=2)
    held.xp = np
    for same in (pickle.loads(pickle.dumps(held)), copy.deepcopy(held)):
        assert (type(same), same.device_type, same.device_id) == (CupyOps, "gpu", 2)


def test_alloc_takes_an_int_for_a_shape() -> None:
    assert ops.alloc(3).tolist() == [0, 0, 0]


def test_alloc_without_zeros_only_promises_shape_and_type() -> None:
    made = ops.alloc((2, 3), dtype="int16", zeros=False)
    assert (made.shape, made.dtype) == ((2, 3), np.int16)


@pytest.mark.parametrize(("kind", "dtype"), [("f", "float32"), ("i", "int32")])
def test_alloc_by_rank_has_the_kinds_type(kind: str, dtype: str) -> None:
    for rank in (1, 2, 3, 4):
        made = getattr(ops, f"alloc{rank}{kind}")(*range(1, rank + 1))
        assert (made.shape, made.dtype) == (tuple(range(1, rank + 1)), dtype)


def test_reshape_fills_in_a_minus_one() -> None:
    assert ops.reshape2(np.arange(6), 2, -1).shape == (2, 3)


def test_a_reshape_that_does_not_fit_shows_both_shapes() -> None:
    with pytest.raises(ShapeError, match=r"shape: \(4,\)"):
        ops.reshape1(np.arange(6), 4)


def test_asarray_copies_nothing_that_fits() -> None:
    X = np.ones(3, dtype="float32")
    assert ops.asarray(X) is X
    assert ops.asarray1f(X) is X


def test_lists_keep_the_type_that_numpy_gives_them() -> None:
    assert ops.asarray([1.0]).dtype == np.float64
    assert ops.asarray([1]).dtype == np.asarray([1]).dtype
    assert ops.asarray([1], dtype="float32").dtype == np.float32


@pytest.mark.parametrize("data", [[2**64 - 1], [1, 2**64 - 1]])
def test_ints_beyond_int64_keep_every_digit(data: Any) -> None:
    got = ops.asarray(data)
    assert got.dtype == np.uint64
    assert got.tolist() == data


def test_a_torch_tensor_shares_its_memory() -> None:
    tensor = torch.ones(3, requires_grad=True)
    got = ops.asarray(tensor)
    assert np.shares_memory(got, tensor.detach().numpy())


def test_asarray_by_rank_refuses_another_rank() -> None:
    with pytest.raises(ShapeError, match="2 dimensions is wanted"):
        ops.asarray2f([1.0])
    with pytest.raises(ShapeError, match="1 dimensions is wanted"):
        ops.asarray1i([[1]])


def test_as_contig_gives_back_what_is_so_already() -> None:
    X = np.ones((2, 3))
    assert ops.as_contig(X) is X
    assert ops.as_contig(X.T).flags.c_contiguous
    assert ops.as_contig(X, "float32").dtype == np.float32


def test_to_numpy_swaps_bytes_when_asked() -> None:
    got = ops.to_numpy(np.asarray([1], dtype="<i4"), byte_order=">")
    assert got.dtype.byteorder == ">"
    assert got.tobytes() == b"\0\0\0\1"


def test_there_is_no_handle_for_cython() -> None:
    with pytest.raises(MissingPackageError, match="Cython"):
        ops.cblas()


def test_tile_is_numpys() -> None:
    np.testing.assert_array_equal(ops.tile(np.eye(2), (2, 1)), np.tile(np.eye(2), (2, 1)))


def test_insert_into_fills_the_rest_with_zeros() -> None:
    got = ops.insert_into((2, 3), [np.ones(2), np.ones(3)])
    assert got.tolist() == [[1, 1, 0], [1, 1, 1]]
