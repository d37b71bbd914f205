"""A wrapped module takes the steps that the bare module takes, and averages reach it."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from combinet import SGD, Adam, Linear, Model, Optimizer, Relu
from combinet.bridges import PyTorchShim, PyTorchWrapper
from combinet.types import ArgsKwargs

from .networks import X, dY, mlp, weights, wrapped

Y = np.random.default_rng(1).standard_normal((6, 3)).astype("float32")


def losses(model: Model[Any, Any], optimizer: Any, steps: int = 20) -> list[float]:
    found: list[float] = []
    for _ in range(steps):
        guess, backprop = model.begin_update(X)
        found.append(float(((guess - Y) ** 2).sum()))
        backprop(2 * (guess - Y))
        model.finish_update(optimizer)
    return found


def losses_of_torch(module: nn.Module, step: Any) -> list[float]:
    found: list[float] = []
    for _ in range(20):
        loss = ((module(torch.from_numpy(X.copy())) - torch.from_numpy(Y)) ** 2).sum()
        found.append(loss.item())
        module.zero_grad()
        loss.backward()
        step()
    return found


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_sgd_takes_the_steps_of_torchs_own(momentum: float) -> None:
    bare, model = mlp(), wrapped()
    model.shims[0].module.load_state_dict(bare.state_dict())  # type: ignore[attr-defined]
    step = torch.optim.SGD(bare.parameters(), lr=0.01, momentum=momentum).step
    got = losses(model, SGD(0.01, momentum=momentum, grad_clip=0))
    assert np.abs(np.subtract(got, losses_of_torch(bare, step))).max() < 1e-6 * got[0]
    assert got[-1] < 0.7 * got[0]


def test_adam_takes_the_steps_of_its_rule_on_torchs_gradients() -> None:
    """eps outside the bias correction, as Thinc has it; torch.optim.Adam differs there."""
    bare, model = mlp(), wrapped()
    model.shims[0].module.load_state_dict(bare.state_dict())  # type: ignore[attr-defined]
    moments = {p: (torch.zeros_like(p), torch.zeros_like(p)) for p in bare.parameters()}
    t = 0

    def step() -> None:
        nonlocal t
        t += 1
        for p, (m1, m2) in moments.items():
            assert p.grad is not None
            m1.mul_(0.9).add_(0.1 * p.grad)
            m2.mul_(0.999).add_(0.001 * p.grad**2)
            rate = 0.01 * (1 - 0.999**t) ** 0.5 / (1 - 0.9**t)
            p.data -= rate * m1 / (m2.sqrt() + 1e-8)

    got = losses(model, Adam(0.01, grad_clip=0))
    assert np.abs(np.subtract(got, losses_of_torch(bare, step))).max() < 1e-6 * got[0]


def test_an_optimizer_that_is_called_for_each_parameter_gives_the_same_steps() -> None:
    model = wrapped()
    other, one, two = model.copy(), Adam(0.01), Adam(0.01)
    assert losses(model, one) == losses(other, lambda *args: two(*args))


def test_an_optimizer_may_return_new_weights() -> None:
    model = wrapped()
    other = model.copy()
    got = losses(model, lambda key, W, dW: (W - 0.01 * dW, dW * 0))
    assert np.allclose(got, losses(other, SGD(0.01, grad_clip=0)), rtol=1e-5)


def test_global_norm_groups_and_freezing_hold_for_torch_weights() -> None:
    model = (Linear(4, 4) >> wrapped()).initialize()
    before = weights(model)
    optimizer = Optimizer(0.01, grad_norm=0.1, grad_clip=0, beta1=0.0, beta2=0.0, freeze=["0.bias"])
    model.begin_update(X)[1](dY)
    model.finish_update(optimizer)
    moved = {path: W - before[path] for path, W in weights(model).items()}
    assert not moved.pop("1/shim.0/0.bias").any()
    assert all(change.any() for change in moved.values())
    assert sum(float((m**2).sum()) for m in moved.values()) ** 0.5 < 0.00101


def test_the_state_of_the_optimizer_is_saved_by_path() -> None:
    model = (Relu(4, 4) >> wrapped()).initialize()
    optimizer = Adam(0.01)
    losses(model, optimizer, 3)
    other, resumed = model.copy(), Adam(0.01)
    resumed.from_bytes(optimizer.to_bytes({"it": model}), {"it": other})
    assert losses(other, resumed, 3) == losses(model, optimizer, 3)


def test_keys_of_models_and_shims_do_not_coincide() -> None:
    models = [Linear(2, 2).initialize() for _ in range(9)]
    model = wrapped()
    ids = [model.id, model.shims[0].id, *(m.id for m in models), PyTorchShim(mlp()).id]
    assert len(set(ids)) == len(ids)


def test_averages_reach_torch_weights() -> None:
    model, optimizer = wrapped(), Adam(0.1)
    losses(model, optimizer, 5)
    after = model.predict(X)
    shim: Any = model.shims[0]
    by_hand = copy.deepcopy(shim.module)
    for name, p in by_hand.named_parameters():
        p.data = torch.from_numpy(optimizer.averages[shim.id, name])
    with model.use_params(optimizer.averages), torch.no_grad():
        inside = model.predict(X)
        assert np.array_equal(inside, by_hand(torch.from_numpy(X.copy())).numpy())
    assert not np.array_equal(inside, after)
    assert np.array_equal(model.predict(X), after)


def test_use_params_restores_after_an_exception() -> None:
    model = wrapped()
    before, shim = weights(model), model.shims[0]
    with pytest.raises(ZeroDivisionError), model.use_params({(shim.id, "0.bias"): np.zeros(8)}):
        assert not weights(model)["shim.0/0.bias"].any()
        raise ZeroDivisionError
    assert all(np.array_equal(before[path], W) for path, W in weights(model).items())


def test_use_params_takes_thincs_string_keys() -> None:
    model = wrapped()
    with model.use_params({f"pytorch_{model.shims[0].id}_0.bias": np.ones(8)}):
        assert weights(model)["shim.0/0.bias"].tolist() == [1] * 8


def test_use_params_refuses_another_shape_and_changes_nothing() -> None:
    model = wrapped()
    before, shim = weights(model), model.shims[0]
    given = {(shim.id, "0.weight"): np.zeros((8, 4)), (shim.id, "2.bias"): np.zeros(9)}
    given[shim.id, "0.bias"] = np.zeros(9)
    with pytest.raises(ValueError, match="another shape"), model.use_params(given):
        pass
    assert all(np.array_equal(before[path], W) for path, W in weights(model).items())


def test_tied_weights_take_one_step() -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.two = nn.Linear(4, 4), nn.Linear(4, 4)
            self.two.weight = self.one.weight

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.two(self.one(x))

    model = PyTorchWrapper(Tied())
    assert list(weights(model)) == ["shim.0/one.weight", "shim.0/one.bias", "shim.0/two.bias"]


def test_a_shim_of_two_nodes_takes_one_step() -> None:
    first = wrapped(nn.Linear(4, 4))
    second = wrapped(nn.Linear(4, 4))
    second.shims[:] = first.shims
    assert len(list((first >> second).parameters())) == 2


def test_weights_of_half_precision_are_stepped_in_float32_and_written_back() -> None:
    module = nn.Linear(4, 3).bfloat16()
    before = module.weight.detach().clone()
    model = PyTorchWrapper(module)
    model.begin_update(X)[1](dY)
    gradient = module.weight.grad.float()  # type: ignore[union-attr]
    model.finish_update(SGD(0.1, grad_clip=0))
    expected = (before.float() - 0.1 * gradient).bfloat16()
    assert torch.equal(module.weight, expected)
    assert not module.weight.grad.any()  # type: ignore[union-attr]


def test_a_first_gradient_does_not_share_memory_with_dY() -> None:
    class Bias(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bias = nn.Parameter(torch.zeros(18))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.bias.view(6, 3) + x

    module = Bias()
    gradient, x = torch.ones(6, 3), torch.ones(6, 3, requires_grad=True)
    Yt, backprop = PyTorchShim(module)(ArgsKwargs((x,), {}), True)
    dXt = backprop(ArgsKwargs(((Yt,),), {"grad_tensors": (gradient,)}))
    assert module.bias.grad is not None
    places = {t.untyped_storage().data_ptr() for t in (gradient, dXt.args[0])}
    assert module.bias.grad.untyped_storage().data_ptr() not in places


def test_an_optimizer_of_torch_may_take_the_steps() -> None:
    module, bare = mlp(), mlp()
    bare.load_state_dict(module.state_dict())
    shim = PyTorchShim(module, optimizer=torch.optim.Adam(module.parameters(), lr=0.01))
    model = wrapped()
    model.shims[:] = [shim]
    step = torch.optim.Adam(bare.parameters(), lr=0.01).step
    got = losses(model, Adam(0.5))
    assert np.allclose(got, losses_of_torch(bare, step), rtol=1e-6)
