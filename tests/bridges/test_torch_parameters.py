"""The arrays of a wrapped module's parameters: made once, and never those of other tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from combinet import SGD
from combinet.bridges import PyTorchShim

from .networks import X, dY, mlp, wrapped


def stepped(shim: Any) -> Any:
    """The module after parameters were asked for, so that all is remembered."""
    for _, _, gradient in shim.parameters():
        assert gradient is None
    return shim.module


def arrays(shim: PyTorchShim) -> dict[str, Any]:
    return {name: weights for name, weights, _ in shim.parameters()}


def test_the_arrays_of_two_steps_are_the_same_objects() -> None:
    model = wrapped()
    seen: list[list[Any]] = []
    for _ in range(2):
        model.begin_update(X)[1](dY)
        seen.append([a for row in model.parameters() for a in (row.weights, row.gradient)])
        model.finish_update(SGD(0.1))
    assert all(one is two for one, two in zip(*seen, strict=True))


CHANGES: dict[str, Any] = {
    "a parameter is exchanged": lambda m: setattr(m[0], "weight", nn.Parameter(torch.ones(8, 4))),
    "a module is exchanged": lambda m: m.__setitem__(0, nn.Linear(4, 8)),
    "a module is added": lambda m: m.append(nn.Linear(3, 3)),
    "a parameter is added": lambda m: m[3].register_parameter("c", nn.Parameter(torch.ones(2))),
    "a module is deleted": lambda m: m.__delitem__(3),
    "the memory is exchanged": lambda m: setattr(m[0].weight, "data", torch.ones(8, 4)),
    "the memory is turned": lambda m: setattr(m[0].weight, "data", m[0].weight.data.view(4, 8).t()),
    "all is cast": lambda m: m.double(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_in_the_module_is_seen(change: str) -> None:
    shim = PyTorchShim(mlp())
    module = stepped(shim)
    CHANGES[change](module)
    found = arrays(shim)
    assert found.keys() == dict(module.named_parameters()).keys()
    for name, p in module.named_parameters():
        assert np.array_equal(found[name], p.detach().numpy())
        assert np.shares_memory(found[name], p.detach().numpy())


def test_a_gradient_that_was_thrown_away_is_not_seen_again() -> None:
    model = wrapped()
    shim: Any = model.shims[0]
    model.begin_update(X)[1](dY)
    before = {name: gradient.copy() for name, _, gradient in shim.parameters()}
    shim.module.zero_grad(set_to_none=True)
    assert all(gradient is None for _, _, gradient in shim.parameters())
    model.begin_update(X)[1](2 * dY)
    for name, _, gradient in shim.parameters():
        assert np.allclose(gradient, 2 * before[name], rtol=1e-5)


def test_a_parameter_that_is_frozen_later_takes_no_step() -> None:
    model = wrapped()
    module: Any = model.shims[0].module  # type: ignore[attr-defined]
    for frozen in (False, True):
        before = module[0].weight.detach().clone()
        model.begin_update(X)[1](dY)
        model.finish_update(SGD(0.1))
        assert torch.equal(before, module[0].weight) == frozen
        module[0].weight.requires_grad_(False)


def test_lazy_parameters_are_there_once_they_are_made() -> None:
    shim = PyTorchShim(nn.Sequential(nn.LazyLinear(3)))
    assert arrays(shim) == {}
    shim.module(torch.ones(2, 4))
    assert {name: array.shape for name, array in arrays(shim).items()} == {
        "0.weight": (3, 4),
        "0.bias": (3,),
    }
