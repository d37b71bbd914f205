"""PyTorch modules and arrays on a GPU, where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from combinet import Adam, CategoricalCrossentropy, Model, chain, get_ops, use_ops, with_array
from combinet.bridges import PyTorchWrapper, PyTorchWrapper_v2, torch2xp, xp2torch
from combinet.text import CharacterEmbed

from .networks import X, dY, mlp

cupy: Any = pytest.importorskip("cupy", reason="CuPy is not installed")
if not (cupy.cuda.is_available() and torch.cuda.is_available()):
    pytest.skip("CuPy or PyTorch finds no GPU", allow_module_level=True)

pytestmark = pytest.mark.gpu
DOCS = [["Good", "morning"], ["Guten", "Morgen", "!"]]


@pytest.fixture(autouse=True)
def _models_are_built_on_the_gpu() -> Iterator[None]:
    with use_ops("cupy"):
        yield


def words_to_classes() -> Model[Any, Any]:
    module = nn.Sequential(
        nn.Linear(96, 48), nn.ReLU(), nn.Dropout(0.2), nn.Linear(48, 16), nn.Softmax(dim=1)
    )
    model = chain(CharacterEmbed(96, 2000, 64, 8), with_array(PyTorchWrapper(module)))
    return model.initialize(X=DOCS, seed=0)


def test_a_wrapped_module_learns_on_the_gpu_behind_a_layer_of_ours() -> None:
    model, loss, optimizer = words_to_classes(), CategoricalCrossentropy(), Adam(0.01)
    labels = [model.ops.asarray(np.eye(16, dtype="f")[: len(doc)]) for doc in DOCS]
    before = [row.weights.copy() for row in model.parameters()]
    losses: list[float] = []
    for _ in range(20):
        Ys, backprop = model.begin_update(DOCS)
        losses.append(sum(float(loss.get_loss(Y, y)) for Y, y in zip(Ys, labels, strict=True)))
        backprop([loss(Y, y)[0] for Y, y in zip(Ys, labels, strict=True)])
        model.finish_update(optimizer)
    assert losses[-1] < losses[0]
    for old, row in zip(before, model.parameters(), strict=True):
        assert isinstance(row.weights, cupy.ndarray)
        assert not bool((old == row.weights).all())


def test_it_predicts_and_backprops_what_it_does_on_the_cpu() -> None:
    module = mlp()
    model = PyTorchWrapper(module)
    Y, backprop = model.begin_update(model.ops.asarray(X))
    dX = backprop(model.ops.asarray(dY))
    gradients = [row.gradient.get() for row in model.parameters() if row.gradient is not None]
    model.to_cpu()
    module.zero_grad()
    expected, backprop = model.begin_update(X)
    assert np.allclose(Y.get(), expected, atol=1e-5)
    assert np.allclose(dX.get(), backprop(dY), atol=1e-5)
    for got, row in zip(gradients, model.parameters(), strict=True):
        assert np.allclose(got, row.gradient, atol=1e-4)


def test_in_half_precision_an_overflow_is_a_skipped_step() -> None:
    model = PyTorchWrapper_v2(mlp(), mixed_precision="float16")
    before = [row.weights.copy() for row in model.parameters()]
    backprop = model.begin_update(model.ops.asarray(X))[1]
    backprop(model.ops.asarray(dY * np.inf))
    model.finish_update(Adam(0.01))
    for old, row in zip(before, model.parameters(), strict=True):
        assert bool((old == row.weights).all())


def test_arrays_and_tensors_share_memory_on_the_gpu() -> None:
    array = cupy.zeros(3, dtype="float32")
    tensor = xp2torch(array)
    tensor[1] = 2
    assert tensor.device.type == "cuda"
    assert float(array[1]) == 2
    again = torch2xp(tensor)
    again[2] = 3
    assert float(tensor[2]) == 3


def test_a_tensor_on_the_gpu_becomes_an_array_of_numpy_on_demand() -> None:
    array = torch2xp(torch.ones(2, device="cuda"), ops=get_ops("numpy"))
    assert isinstance(array, np.ndarray)
