"""The rows of a tree with wrapped modules are kept from step to step, as long as they are true."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from combinet import SGD, Adam, Linear, Model, Optimizer, chain
from combinet.bridges import PyTorchGradScaler, PyTorchShim, PyTorchWrapper, PyTorchWrapper_v2

from .networks import X, dY, mlp, wrapped


def network(module: nn.Module | None = None) -> Model[Any, Any]:
    return chain(Linear(4, 4), wrapped(module)).initialize(seed=0)


def step(model: Model[Any, Any], optimizer: Any, gradient: Any = dY) -> None:
    model.begin_update(X)[1](gradient)
    model.finish_update(optimizer)


def numbers(model: Model[Any, Any]) -> dict[str, Any]:
    return {row.path: row.weights.copy() for row in model.parameters()}


def module_of(model: Model[Any, Any]) -> Any:
    return next(shim.module for node in model.walk() for shim in node.shims)  # type: ignore[attr-defined]


def test_they_are_the_same_object_step_after_step() -> None:
    model, optimizer = network(), Adam(0.01)
    step(model, optimizer)
    first = model._rows
    for _ in range(3):
        step(model, optimizer)
    assert first is not None
    assert model._rows is first


def throw_gradients_away(module: Any) -> None:
    module.zero_grad(set_to_none=True)


def freeze_one(module: Any) -> None:
    module[0].weight.requires_grad_(False)


def exchange_a_gradient(module: Any) -> None:
    module[0].weight.grad = torch.zeros(8, 4)


def exchange_a_parameter(module: Any) -> None:
    module[0].weight = nn.Parameter(torch.ones(8, 4))


def exchange_a_module(module: Any) -> None:
    module[0] = nn.Linear(4, 8)
    nn.init.ones_(module[0].weight)
    nn.init.zeros_(module[0].bias)


def add_a_module(module: Any) -> None:
    module.append(nn.Linear(3, 3))
    nn.init.eye_(module[-1].weight)
    nn.init.zeros_(module[-1].bias)


def move_the_memory(module: Any) -> None:
    module[0].weight.data = module[0].weight.data.clone()


def turn_the_memory(module: Any) -> None:
    module[0].weight.data = module[0].weight.data.t().contiguous().t()
    module[0].weight.grad = None


def cast(module: Any) -> None:
    module.double()


CHANGES: list[Callable[[Any], None]] = [
    throw_gradients_away,
    freeze_one,
    exchange_a_gradient,
    exchange_a_parameter,
    exchange_a_module,
    add_a_module,
    move_the_memory,
    turn_the_memory,
    cast,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_of_the_module_between_two_steps_is_seen(change: Callable[[Any], None]) -> None:
    model = network()
    fresh = model.copy()
    one, other = SGD(0.1, momentum=0.9), SGD(0.1, momentum=0.9)
    for turn in range(4):
        if turn == 2:
            change(module_of(model))
            change(module_of(fresh))
        step(model, one)
        fresh._rows = None  # so that they are looked up anew
        step(fresh, other)
    mine, theirs = numbers(model), numbers(fresh)
    assert mine.keys() == theirs.keys()
    assert all(np.array_equal(mine[path], theirs[path]) for path in mine)


def test_a_change_between_backprop_and_step_is_seen() -> None:
    model = network()
    optimizer = SGD(0.1, grad_clip=0)
    step(model, optimizer)
    before = numbers(model)
    model.begin_update(X)[1](dY)
    module_of(model).zero_grad(set_to_none=True)
    model.finish_update(optimizer)
    after = numbers(model)
    assert not np.array_equal(before["0/W"], after["0/W"])
    assert np.array_equal(before["1/shim.0/0.weight"], after["1/shim.0/0.weight"])


def test_rows_that_somebody_looked_at_in_between_do_not_count_as_kept() -> None:
    model, optimizer = network(), SGD(0.1, grad_clip=0)
    step(model, optimizer)
    module = module_of(model)
    module[0].weight.data = module[0].weight.data.clone()
    list(model.parameters())  # now the shim knows of the new memory, and the kept rows do not
    before = module[0].weight.detach().clone()
    step(model, optimizer)
    assert not torch.equal(before, module[0].weight)


def test_a_shim_that_is_exchanged_is_seen() -> None:
    model, optimizer = network(), SGD(0.1)
    step(model, optimizer)
    other = mlp()
    model.layers[1].shims[:] = [PyTorchShim(other)]
    before = copy.deepcopy(other.state_dict())
    step(model, optimizer)
    assert not any(torch.equal(before[name], p) for name, p in other.named_parameters())


def test_an_overflow_skips_the_step_of_kept_rows_too() -> None:
    scaler = PyTorchGradScaler(True, init_scale=2.0)
    model = PyTorchWrapper_v2(mlp(), grad_scaler=scaler)
    optimizer = SGD(0.1)
    step(model, optimizer)
    before = numbers(model)
    scaler.factor = 1e38
    step(model, optimizer, dY * 100)
    assert all(np.array_equal(before[path], W) for path, W in numbers(model).items())
    scaler.factor = 2.0
    step(model, optimizer)
    assert not any(np.array_equal(before[path], W) for path, W in numbers(model).items())


def test_copies_of_half_precision_are_made_anew_and_not_kept() -> None:
    module = nn.Linear(4, 3).bfloat16()
    model, expected = PyTorchWrapper(module), module.weight.detach().float()
    optimizer = SGD(0.1, grad_clip=0)
    for _ in range(3):
        model.begin_update(X)[1](dY)
        assert module.weight.grad is not None
        expected = (expected - 0.1 * module.weight.grad.float()).bfloat16().float()
        model.finish_update(optimizer)
        assert torch.equal(module.weight.float(), expected)
    assert model._rows is None


def test_a_module_cast_to_half_precision_later_is_stepped_on() -> None:
    module = nn.Linear(4, 3)
    model, optimizer = PyTorchWrapper(module), SGD(1.0, grad_clip=0)
    step(model, optimizer)
    module.bfloat16()
    before = module.weight.detach().clone()
    step(model, optimizer)
    assert not torch.equal(before, module.weight)


def test_frozen_weights_of_half_precision_are_not_copied() -> None:
    body = nn.Linear(4, 4).bfloat16().requires_grad_(False)
    model = PyTorchWrapper(body) >> PyTorchWrapper(nn.Linear(4, 3))
    assert [row.path for row in model.parameters()] == ["1/shim.0/weight", "1/shim.0/bias"]
    optimizer = SGD(0.1)
    step(model, optimizer)
    kept = model._rows
    step(model, optimizer)
    assert model._rows is kept


# --- one parameter, several modules ------------------------------------------------------------


class Tied(nn.Module):
    """Multiplies by the weight of another module, turned."""

    def __init__(self, other: nn.Linear) -> None:
        super().__init__()
        self.weight = other.weight

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x @ self.weight


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_weights_that_two_wrapped_modules_share_take_one_step(dtype: Any) -> None:
    encoder = nn.Linear(4, 3, bias=False, dtype=dtype)
    decoder = Tied(encoder)
    model = PyTorchWrapper(encoder) >> PyTorchWrapper(decoder)
    assert [row.path for row in model.parameters()] == ["0/shim.0/weight"]
    bare = copy.deepcopy(encoder)
    twin = PyTorchWrapper(nn.Sequential(bare, Tied(bare)))
    one, other = Adam(0.1), Adam(0.1)
    for _ in range(3):
        for each, optimizer in ((model, one), (twin, other)):
            each.begin_update(X)[1](X)
            each.finish_update(optimizer)
    assert torch.allclose(encoder.weight, bare.weight, atol=1e-6)


def test_a_module_that_is_wrapped_twice_is_stepped_and_counted_once() -> None:
    module = nn.Linear(4, 4)
    model = PyTorchWrapper(module) >> PyTorchWrapper(module)
    single = PyTorchWrapper(copy.deepcopy(module))
    twin = chain(single, single)
    one, other = (Optimizer(0.1, beta2=0.0, grad_clip=0, grad_norm=0.1) for _ in range(2))
    for _ in range(3):
        for each, optimizer in ((model, one), (twin, other)):
            each.begin_update(X)[1](X)
            each.finish_update(optimizer)
    assert torch.equal(module.weight, module_of(twin).weight)
    with model.use_params(one.averages or {}), twin.use_params(other.averages or {}):
        assert np.array_equal(model.predict(X), twin.predict(X))
