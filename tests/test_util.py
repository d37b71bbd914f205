"""Widths, one-hot labels, and telling arrays apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from combinet import ArgsKwargs, Linear, Model, Padded, Ragged
from combinet.util import (
    DataValidationError,
    convert_recursive,
    data_validation,
    get_array_module,
    get_width,
    is_torch_array,
    to_categorical,
    to_numpy,
)

X = np.zeros((4, 3), dtype="float32")


@pytest.mark.parametrize(
    ("sample", "width"),
    [
        (X, 3),
        ([X, X], 3),
        ((X,), 3),
        ([], 0),
        (np.zeros(()), 0),
        (np.array([0, 4, 2]), 5),
        (np.zeros((0,), dtype="int64"), 0),
        (Ragged(X, [1, 3]), 3),
        (Padded(np.zeros((2, 1, 7)), np.array([1, 1]), np.array([2]), np.array([0])), 7),
    ],
)
def test_the_width_of_a_sample(sample: Any, width: int) -> None:
    assert get_width(sample) == width


def test_another_axis_can_be_asked_for() -> None:
    assert get_width(np.zeros((2, 3, 5)), dim=1) == 3


def test_what_is_no_array_has_no_width() -> None:
    with pytest.raises(ValueError, match="str has no width"):
        get_width("abc")


def test_one_hot_rows_agree_with_torch() -> None:
    labels = np.random.default_rng(0).integers(0, 5, size=(4, 3))
    wanted = torch.nn.functional.one_hot(torch.from_numpy(labels), 6)
    np.testing.assert_array_equal(to_categorical(labels, 6), wanted.numpy())
    assert to_categorical(labels, 6).dtype == np.float32


def test_smoothing_moves_weight_to_the_other_classes() -> None:
    np.testing.assert_allclose(
        to_categorical([1, 0], label_smoothing=0.2), [[0.2, 0.8], [0.8, 0.2]], rtol=1e-6
    )


@pytest.mark.parametrize(
    ("labels", "arguments", "message"),
    [
        ([0, 7], {"n_classes": 3}, "label 7 needs 8 classes, there are 3"),
        ([0, -1, 1], {"n_classes": 3}, "label -1 is below 0"),
        ([0], {"n_classes": 0}, "0 classes"),
        ([0, 1], {"label_smoothing": -0.1}, "label_smoothing = -0.1"),
        ([0, 1], {"label_smoothing": 0.5}, "label_smoothing = 0.5"),
        ([0], {"label_smoothing": 0.1}, "1 classes"),
    ],
)
def test_labels_that_cannot_be_told_apart(
    labels: list[int], arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        to_categorical(labels, **arguments)


def test_arrays_are_told_apart() -> None:
    tensor = torch.zeros(2)
    assert get_array_module(X) is np
    assert is_torch_array(tensor)
    assert not is_torch_array(X)
    assert isinstance(to_numpy(tensor.requires_grad_()), np.ndarray)
    with pytest.raises(ValueError, match="Tensor is an array of neither"):
        get_array_module(tensor)


def test_conversion_reaches_into_containers() -> None:
    nested = {"a": [1, (2, "x")], "b": ArgsKwargs((3,), {"k": 4})}
    got = convert_recursive(lambda obj: isinstance(obj, int), lambda obj: obj * 10, nested)
    assert got == {"a": [10, (20, "x")], "b": ArgsKwargs((30,), {"k": 40})}


def test_data_validation_refuses_a_forward_of_another_form() -> None:
    def forward(model: Any, X: Any) -> Any:
        return X, lambda dY: dY

    model: Model[Any, Any] = Model("short", forward)
    with data_validation(True), pytest.raises(DataValidationError, match="takes 2 arguments"):
        (Linear(2) >> model).initialize(X=X)
    model.initialize(X=X)
