"""Arrays and MXNet's NDArrays on one memory."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

if importlib.util.find_spec("mxnet") is None:  # importorskip would import it, and fail on NumPy 2
    pytest.skip("python -m tests.frameworks mxnet runs these", allow_module_level=True)

from combinet import get_ops
from combinet.bridges import mxnet2xp, xp2mxnet
from combinet.bridges._mxnet_import import import_mxnet
from combinet.errors import DTypeError

mx = import_mxnet()
SHARED = "uint8 int8 int32 int64 float16 float32 float64".split()
READ_ONLY = np.zeros(16)
READ_ONLY.flags.writeable = False


@pytest.mark.parametrize("dtype", SHARED)
def test_an_array_becomes_an_ndarray_on_the_same_memory(dtype: str) -> None:
    array = np.zeros((2, 3), dtype)
    tensor = xp2mxnet(array)
    tensor[1, 2] = 1
    tensor.wait_to_read()
    assert array[1, 2] == 1
    assert np.dtype(tensor.dtype) == dtype
    assert array.flags.writeable


@pytest.mark.parametrize("dtype", SHARED)
def test_an_ndarray_becomes_an_array_on_the_same_memory(dtype: str) -> None:
    tensor = mx.nd.zeros((2, 3), dtype=dtype)
    array = mxnet2xp(tensor)
    tensor[1, 2] = 1
    tensor.wait_to_read()
    assert array[1, 2] == 1
    assert array.dtype == dtype
    assert not array.flags.writeable


@pytest.mark.parametrize("dtype", ["bool", "int16", "uint16", "uint32"])
def test_what_mxnet_has_no_kind_for_keeps_its_numbers(dtype: str) -> None:
    array = np.array([[0, 1], [1, np.iinfo(dtype).max if dtype != "bool" else 1]], dtype)
    assert np.array_equal(mxnet2xp(xp2mxnet(array)), array)


@pytest.mark.parametrize(
    "view",
    [
        np.arange(24.0).reshape(4, 6)[:, ::2],
        np.arange(6.0)[::-1],
        np.broadcast_to(np.arange(3.0), (2, 3)),
        np.arange(6.0).astype(">f8"),
        np.zeros((0, 3)),
        READ_ONLY,
    ],
    ids=["strided", "reversed", "broadcast", "big-endian", "empty", "read-only"],
)
def test_what_mxnet_cannot_share_is_copied(view: np.ndarray) -> None:
    back = mxnet2xp(xp2mxnet(view))
    assert back.shape == view.shape
    assert np.array_equal(back, view)
    assert not np.shares_memory(back, view)


def test_an_array_lives_as_long_as_its_ndarray() -> None:
    tensor = xp2mxnet(np.arange(1000.0))
    np.zeros(1000)
    assert float(tensor.sum().asscalar()) == 499500


def test_memory_for_a_gradient_is_attached_on_demand_and_to_floats_only() -> None:
    assert xp2mxnet(np.zeros(2, "float32"), requires_grad=True).grad is not None
    assert xp2mxnet(np.zeros(2, "int32"), requires_grad=True).grad is None


@pytest.mark.parametrize(
    "array", [np.array(["a"]), np.zeros(2, "uint64"), np.zeros(2, "complex64")]
)
def test_other_kinds_are_refused(array: np.ndarray) -> None:
    with pytest.raises(DTypeError, match="cannot become an NDArray"):
        xp2mxnet(array)


def test_a_sparse_ndarray_is_made_dense() -> None:
    assert mxnet2xp(mx.nd.ones((2, 2)).tostype("csr")).tolist() == [[1, 1], [1, 1]]


def test_the_backend_asked_for_is_the_one_that_comes() -> None:
    assert isinstance(mxnet2xp(mx.nd.ones((2,)), ops=get_ops("numpy")), np.ndarray)
