"""Arrays and tensors on one memory."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import torch

from combinet import get_ops
from combinet.bridges import torch2xp, xp2torch
from combinet.errors import DTypeError, MissingPackageError

NUMBERS = "bool uint8 int8 uint16 int16 uint32 int32 uint64 int64 float16 float32 float64".split()


@pytest.mark.parametrize("dtype", NUMBERS)
def test_an_array_becomes_a_tensor_on_the_same_memory(dtype: str) -> None:
    array = np.zeros((2, 3), dtype)
    tensor = xp2torch(array)
    tensor[1, 2] = 1
    assert array[1, 2] == 1
    assert str(tensor.dtype) == f"torch.{dtype}"


@pytest.mark.parametrize("dtype", NUMBERS)
def test_a_tensor_becomes_an_array_on_the_same_memory(dtype: str) -> None:
    tensor = torch.zeros(2, 3, dtype=getattr(torch, dtype))
    array = torch2xp(tensor)
    array[1, 2] = 1
    assert tensor[1, 2] == 1
    assert array.dtype == dtype


def test_a_slice_shares_its_memory() -> None:
    array = np.arange(24.0).reshape(4, 6)
    tensor = xp2torch(array[1:, ::2])
    tensor[0, 1] = -1
    assert array[1, 2] == -1


@pytest.mark.parametrize(
    "view",
    [
        np.arange(6.0)[::-1],
        np.arange(6.0).reshape(2, 3)[:, ::-1],
        np.broadcast_to(np.arange(3.0), (2, 3)),
        np.arange(6.0).astype(">f8"),
        np.zeros(3, dtype=[("a", "f4"), ("b", "i1")])["a"],
        np.zeros((0, 3))[::-1],
    ],
    ids=["reversed", "columns reversed", "broadcast", "big-endian", "field", "empty"],
)
def test_what_torch_cannot_share_is_copied(view: np.ndarray) -> None:
    tensor = xp2torch(view)
    assert np.array_equal(tensor.numpy(), view)
    assert not np.shares_memory(tensor.numpy(), view)


def test_a_read_only_array_is_not_written_through_its_tensor() -> None:
    array = np.zeros(3)
    array.flags.writeable = False
    xp2torch(array)[0] = 1
    assert array[0] == 0


def test_floats_gather_gradients_on_demand() -> None:
    assert xp2torch(np.zeros(2, "float32"), requires_grad=True).requires_grad
    assert not xp2torch(np.zeros(2, "float32")).requires_grad


def test_ints_gather_no_gradients() -> None:
    assert not xp2torch(np.zeros(2, "int64"), requires_grad=True).requires_grad


def test_words_are_refused() -> None:
    with pytest.raises(DTypeError, match="cannot become a tensor"):
        xp2torch(np.array(["a", "b"]))


def test_the_history_of_a_tensor_is_left_behind() -> None:
    weight = torch.ones(2, requires_grad=True)
    assert np.array_equal(torch2xp(weight * 2), [2, 2])


def test_bfloat16_is_widened() -> None:
    array = torch2xp(torch.tensor([1.5, -2.0], dtype=torch.bfloat16))
    assert array.dtype == np.float32
    assert array.tolist() == [1.5, -2.0]


def test_a_sparse_tensor_is_made_dense() -> None:
    assert torch2xp(torch.eye(2).to_sparse()).tolist() == [[1, 0], [0, 1]]


def test_a_conjugated_tensor_crosses() -> None:
    assert torch2xp(torch.tensor([1 + 2j]).conj()).tolist() == [1 - 2j]


def test_the_backend_asked_for_is_the_one_that_comes() -> None:
    assert isinstance(torch2xp(torch.ones(2), ops=get_ops("numpy")), np.ndarray)


def test_without_torch_the_error_says_what_to_install() -> None:
    # Undone before the test ends: where Thinc is installed, the next seed is given to torch first.
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "torch", None)
        with pytest.raises(MissingPackageError, match=r"combinet\[torch\]"):
            xp2torch(np.zeros(2))
