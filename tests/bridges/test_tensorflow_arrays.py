"""Arrays and TensorFlow's tensors on one memory."""

from __future__ import annotations

import sys

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="python -m tests.frameworks tf runs these")

import tensorflow as tf

from combinet import get_ops
from combinet.bridges import TensorFlowWrapper, tensorflow2xp, xp2tensorflow
from combinet.errors import DTypeError, MissingPackageError

NUMBERS = "bool uint8 int8 uint16 int16 uint32 int32 uint64 int64 float16 float32 float64".split()


def aligned(shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Zeros that start at a multiple of 64 bytes."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    memory = np.zeros(size + 64, "uint8")
    start = -memory.ctypes.data % 64
    return memory[start : start + size].view(dtype).reshape(shape)


@pytest.mark.parametrize("dtype", NUMBERS)
def test_an_array_becomes_a_tensor_on_the_same_memory(dtype: str) -> None:
    array = aligned((2, 3), dtype)
    tensor = xp2tensorflow(array)
    array[1, 2] = 1
    assert tensor.numpy()[1, 2] == 1
    assert tensor.dtype.name == dtype


@pytest.mark.parametrize("dtype", NUMBERS)
def test_a_tensor_becomes_an_array_on_the_same_memory(dtype: str) -> None:
    tensor = tf.zeros((2, 3), dtype)
    one, two = tensorflow2xp(tensor), tensorflow2xp(tensor)
    assert np.shares_memory(one, two)
    assert one.dtype == dtype
    assert not one.flags.writeable


def test_there_and_back_is_the_same_memory() -> None:
    array = aligned((2, 3), "float32")
    assert np.shares_memory(tensorflow2xp(xp2tensorflow(array)), array)


READ_ONLY = np.zeros(16)
READ_ONLY.flags.writeable = False


@pytest.mark.parametrize(
    "view",
    [
        aligned((17,), "float32")[1:],
        aligned((4, 6), "float32")[:, ::2],
        np.arange(6.0)[::-1],
        np.broadcast_to(np.arange(3.0), (2, 3)),
        np.arange(6.0).astype(">f8"),
        np.zeros((0, 3)),
        READ_ONLY,
    ],
    ids=["not aligned", "strided", "reversed", "broadcast", "big-endian", "empty", "read-only"],
)
def test_what_tensorflow_cannot_share_is_copied(view: np.ndarray) -> None:
    back = tensorflow2xp(xp2tensorflow(view))
    assert np.array_equal(back, view)
    assert not np.shares_memory(back, view)


def test_kernels_run_on_shared_memory() -> None:
    """They abort the process where an address does not suit them."""
    for start in range(64):
        array = np.arange(100, dtype="float32")[start : start + 16].reshape(4, 4)
        assert np.array_equal(tf.matmul(xp2tensorflow(array), tf.eye(4)), array)


def test_a_variable_is_made_on_demand_with_memory_of_its_own() -> None:
    array = aligned((2,), "float32")
    variable = xp2tensorflow(array, requires_grad=True)
    variable.assign([1.0, 1.0])
    assert variable.trainable
    assert not xp2tensorflow(array, as_variable=True).trainable
    assert not array.any()


def test_words_are_refused() -> None:
    with pytest.raises(DTypeError, match="cannot become a tensor"):
        xp2tensorflow(np.array(["a", "b"]))


def test_the_backend_asked_for_is_the_one_that_comes() -> None:
    assert isinstance(tensorflow2xp(tf.ones(2), ops=get_ops("numpy")), np.ndarray)


def test_without_tensorflow_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(MissingPackageError, match=r"combinet\[tensorflow\]"):
        TensorFlowWrapper(object())
