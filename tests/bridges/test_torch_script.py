"""TorchScript modules as layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from combinet import SGD, Linear, Model, registry
from combinet.bridges import (
    PyTorchShim,
    PyTorchWrapper,
    TorchScriptShim,
    TorchScriptWrapper_v1,
    pytorch_to_torchscript_wrapper,
)
from combinet.errors import DTypeError, LoadError, StructureError
from combinet.testing import assert_is_gradient

from .networks import X, dY, mlp, weights

pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")


def scripted(make: Callable[[], nn.Module] = mlp) -> Model[Any, Any]:
    return TorchScriptWrapper_v1(torch.jit.script(make()))


def test_a_scripted_module_runs_as_the_plain_one() -> None:
    module = mlp()
    model, plain = TorchScriptWrapper_v1(torch.jit.script(module)), PyTorchWrapper(module)
    assert np.allclose(model.predict(X), plain.predict(X))
    dX = model.begin_update(X)[1](dY)
    assert np.allclose(dX, plain.begin_update(X)[1](dY))


def test_its_gradient_is_right() -> None:
    assert_is_gradient(scripted(lambda: nn.Sequential(nn.Linear(4, 3), nn.Tanh())), X)


def test_predict_turns_dropout_off_and_on_again() -> None:
    model = scripted(lambda: mlp(0.5))
    assert np.array_equal(model.predict(X), model.predict(X))
    assert model.shims[0].module.training  # type: ignore[attr-defined]
    assert not np.array_equal(model.begin_update(X)[0], model.begin_update(X)[0])


def test_it_learns() -> None:
    model = scripted()
    before = weights(model)
    model.begin_update(X)[1](dY)
    model.finish_update(SGD(0.1))
    assert not any(np.array_equal(before[path], W) for path, W in weights(model).items())


def test_weights_are_saved_and_loaded_into_a_like_module() -> None:
    model, other = scripted(), scripted()
    expected = model.predict(X)
    assert not np.allclose(other.predict(X), expected)
    assert np.array_equal(other.from_bytes(model.to_bytes()).predict(X), expected)


def test_the_weights_of_another_module_are_refused() -> None:
    with pytest.raises(LoadError, match="2 differences"):
        scripted(lambda: nn.Linear(5, 3)).from_bytes(scripted(lambda: nn.Linear(4, 2)).to_bytes())


def test_a_wrapper_is_converted_and_shares_its_weights() -> None:
    plain = PyTorchWrapper(mlp())
    model = pytorch_to_torchscript_wrapper(plain)
    assert isinstance(model.shims[0], TorchScriptShim)
    plain.shims[0].module[0].weight.data.zero_()  # type: ignore[attr-defined]
    assert not weights(model)["shim.0/0.weight"].any()
    assert np.allclose(model.predict(X), plain.predict(X))


def test_a_wrapper_that_is_converted_keeps_its_optimizer() -> None:
    module = mlp()
    own = torch.optim.SGD(module.parameters(), lr=0.1)
    plain = PyTorchWrapper(module)
    plain.shims[:] = [PyTorchShim(module, optimizer=own)]
    model = pytorch_to_torchscript_wrapper(plain)
    before = module[0].weight.detach().clone()  # type: ignore[index]
    model.begin_update(X)[1](dY)
    gradient = module[0].weight.grad.clone()  # type: ignore[index]
    model.finish_update(SGD(100.0))
    assert torch.allclose(module[0].weight, before - 0.1 * gradient)  # type: ignore[index]


def test_a_copy_is_independent() -> None:
    model = scripted()
    expected, twin = model.predict(X), model.copy()
    for row in twin.parameters():
        row.weights[...] += 1
    assert np.array_equal(model.predict(X), expected)
    assert not np.array_equal(twin.predict(X), expected)


def test_a_plain_module_is_refused() -> None:
    with pytest.raises(DTypeError, match="a TorchScript module is wanted"):
        TorchScriptWrapper_v1(mlp())


def test_a_layer_that_wraps_nothing_is_refused() -> None:
    with pytest.raises(StructureError, match="wraps no PyTorch module"):
        pytorch_to_torchscript_wrapper(Linear(2, 2))


def test_it_is_registered() -> None:
    assert registry.layers.get("TorchScriptWrapper.v1") is TorchScriptWrapper_v1
