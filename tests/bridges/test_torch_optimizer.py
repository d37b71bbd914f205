"""The state of an optimizer of torch's that takes the steps of one module."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from combinet import Adam, Model
from combinet.bridges import PyTorchShim
from combinet.errors import LoadError, SaveError

from .networks import X, dY, mlp, wrapped

OPTIMIZERS: dict[str, Any] = {
    "momentum": functools.partial(torch.optim.SGD, lr=0.01, momentum=0.9),
    "Adam": functools.partial(torch.optim.Adam, lr=0.01, amsgrad=True),
    "AdamW": functools.partial(torch.optim.AdamW, lr=0.01),
    "Adagrad": functools.partial(torch.optim.Adagrad, lr=0.01),
    "Adafactor": functools.partial(torch.optim.Adafactor, lr=0.01),
    "Rprop": functools.partial(torch.optim.Rprop, lr=0.01),
    "NAdam": functools.partial(torch.optim.NAdam, lr=0.01),
}


def with_own(make: Any, module: Any = None) -> tuple[Model[Any, Any], PyTorchShim]:
    module = module or mlp()
    model, shim = wrapped(), PyTorchShim(module, optimizer=make(module.parameters()))
    model.shims[:] = [shim]
    return model, shim


def train(model: Model[Any, Any], steps: int = 3) -> Any:
    for _ in range(steps):
        model.begin_update(X)[1](dY)
        model.finish_update(Adam(0.5))
    return model.predict(X)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_goes_on_as_if_it_had_not_been_cut_off(name: str) -> None:
    model, shim = with_own(OPTIMIZERS[name])
    train(model)
    other, resumed = with_own(OPTIMIZERS[name])
    train(other, 1)  # so that there is a state to be replaced
    other.from_bytes(model.to_bytes())
    state = {key: array.copy() for key, array in shim.optimizer_arrays().items()}
    resumed.load_optimizer_arrays(state)
    assert np.array_equal(train(other), train(model))


def test_a_learning_rate_that_was_changed_is_taken_over() -> None:
    _, shim = with_own(OPTIMIZERS["Adam"])
    optimizer: Any = shim._optimizer
    optimizer.param_groups[0]["lr"] = 0.5
    _, resumed = with_own(OPTIMIZERS["Adam"])
    resumed.load_optimizer_arrays(shim.optimizer_arrays())
    taken: Any = resumed._optimizer
    assert taken.param_groups[0]["lr"] == 0.5
    assert taken.param_groups[0]["betas"] == (0.9, 0.999)


def test_bfloat16_is_kept_bit_by_bit() -> None:
    model, shim = with_own(OPTIMIZERS["AdamW"], mlp().bfloat16())
    train(model)
    _, resumed = with_own(OPTIMIZERS["AdamW"], mlp().bfloat16())
    resumed.load_optimizer_arrays(shim.optimizer_arrays())
    mine, other = shim.optimizer_arrays(), resumed.optimizer_arrays()
    assert any(name.endswith("exp_avg:bfloat16") for name in mine)
    assert mine.keys() == other.keys()
    assert all(np.array_equal(mine[name], other[name]) for name in mine)


def test_the_model_itself_is_saved_without_it() -> None:
    model, _ = with_own(OPTIMIZERS["Adam"])
    train(model)
    assert wrapped().can_from_bytes(model.to_bytes())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda a: a.pop("group.0/lr"), "group.0/lr: missing"),
        (lambda a: a.update({"9.weight/exp_avg": np.ones(2)}), "9.weight/exp_avg: unexpected"),
        (lambda a: a.update({"0.bias/exp_avg": np.ones(5)}), r"0.bias/exp_avg: \(5,\)"),
    ],
    ids=["missing", "unexpected", "shape"],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(change: Any, says: str) -> None:
    model, shim = with_own(OPTIMIZERS["Adam"])
    train(model)
    before = {name: array.copy() for name, array in shim.optimizer_arrays().items()}
    given = {name: array * 0 for name, array in before.items()}
    change(given)
    with pytest.raises(LoadError, match=says):
        shim.load_optimizer_arrays(given)
    after = shim.optimizer_arrays()
    assert all(np.array_equal(after[name], before[name]) for name in before)


def test_without_one_there_is_nothing_to_save_and_nothing_can_be_loaded() -> None:
    shim = PyTorchShim(mlp())
    assert shim.optimizer_arrays() == {}
    shim.load_optimizer_arrays({})
    with pytest.raises(LoadError, match="no optimizer of its own"):
        shim.load_optimizer_arrays({"group.0/lr": np.array(1.0)})


def test_a_state_that_is_no_tensor_is_refused_with_its_name() -> None:
    model, shim = with_own(OPTIMIZERS["Adam"])
    train(model, 1)
    optimizer: Any = shim._optimizer
    next(iter(optimizer.state.values()))["history"] = [1, 2]
    with pytest.raises(SaveError, match=r"0.weight/history"):
        shim.optimizer_arrays()


def test_parameters_that_are_not_the_modules_are_refused() -> None:
    module, other = mlp(), nn.Linear(4, 3)
    own = torch.optim.Adam([*module.parameters(), *other.parameters()])
    (other(torch.ones(2, 4)).sum() + module(torch.ones(2, 4)).sum()).backward()
    own.step()
    with pytest.raises(SaveError, match=r"a parameter of \(3, 4\) that is not of the module"):
        PyTorchShim(module, optimizer=own).optimizer_arrays()
