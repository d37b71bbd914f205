"""predict() beside training: a twin in eval mode, or a lock."""

from __future__ import annotations

import functools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from combinet.bridges import PyTorchWrapper

from .networks import X, dY, mlp, wrapped


def serial(module: nn.Module, x: Any = X) -> Any:
    """What the bare module gives in eval mode."""
    modes = [(each, each.training) for each in module.modules()]
    with torch.no_grad():
        expected = module.eval()(torch.from_numpy(x.copy())).numpy()
    for each, training in modes:
        each.training = training
    return expected


def with_state(module: nn.Module) -> nn.Module:
    """Running statistics other than 0 and 1."""
    for _ in range(3):
        module.train()(torch.randn(8, 4))
    return module


class Listed(nn.Module):
    """Modules in a plain list, beside the registered ones, and a bound method."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.Linear(4, 4), nn.Dropout(0.5)
        self.steps = [self.one, {"drop": self.two}]
        self.run = self.go

    def go(self, x: torch.Tensor) -> torch.Tensor:
        return self.steps[1]["drop"](self.steps[0](x)) if self.training else self.two(self.one(x))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.steps[1]["drop"](self.run(x))


class Kept:
    """No module, and has one."""

    def __init__(self, inside: nn.Module) -> None:
        self.inside = inside

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return self.inside(x)  # type: ignore[no-any-return]


class Hidden(nn.Module):
    """Calls its dropout by a way on which nobody looks for modules."""

    def __init__(self, way: str) -> None:
        super().__init__()
        self.linear, self.drop = nn.Linear(4, 3), nn.Dropout(0.5)
        ways: dict[str, Any] = {
            "closure": lambda x: self.drop(x),
            "partial": functools.partial(self.drop),
            "object": Kept(self.drop),
            "method of an object": Kept(self.drop).__call__,
        }
        self.ways = [ways[way]]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear(self.ways[0](x))  # type: ignore[no-any-return]


class Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(4, 2, 8, dropout=0.5, batch_first=True)
        self.layers = nn.TransformerEncoder(layer, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x[None])[0]


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(4, 3, num_layers=2, dropout=0.5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.lstm(x)[0]


MODULES = {
    "dropout": lambda: mlp(0.5),
    "batch norm": lambda: with_state(nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8))),
    "encoder": Encoder,
    "lstm": Recurrent,
    "listed": Listed,
    "weight norm": lambda: nn.utils.parametrizations.weight_norm(nn.Linear(4, 3)),
    "spectral norm": lambda: nn.utils.parametrizations.spectral_norm(nn.Linear(4, 3)),
    "compiled": lambda: torch.compile(mlp(0.5), backend="eager"),
    "closure": lambda: Hidden("closure"),
    "partial": lambda: Hidden("partial"),
    "object": lambda: Hidden("object"),
    "method of an object": lambda: Hidden("method of an object"),
}


@pytest.mark.parametrize("kind", MODULES)
def test_predict_is_eval_mode_whatever_mode_the_module_is_in(kind: str) -> None:
    module = MODULES[kind]().train()  # type: ignore[no-untyped-call]
    expected = serial(module)
    model = PyTorchWrapper(module)
    for _ in range(2):
        assert np.allclose(model.predict(X), expected, atol=1e-6)
    assert all(each.training for each in module.modules())


def test_begin_update_is_training_mode() -> None:
    model = PyTorchWrapper(mlp(0.5).eval())
    assert not np.array_equal(model.begin_update(X)[0], model.begin_update(X)[0])


def test_parts_that_were_put_in_eval_mode_stay_there() -> None:
    module = with_state(nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8)))
    module[1].eval()
    before = module[1].running_mean.clone()
    PyTorchWrapper(module).begin_update(X)
    assert torch.equal(module[1].running_mean, before)


def test_training_moves_running_statistics_and_predict_does_not() -> None:
    module = nn.Sequential(nn.BatchNorm1d(4))
    model = PyTorchWrapper(module)
    model.predict(X)
    assert module[0].num_batches_tracked == 0
    model.begin_update(X)
    assert module[0].num_batches_tracked == 1
    assert np.allclose(model.predict(X), serial(module))


CHANGES = {
    "a module is replaced": lambda m: m.__setitem__(0, nn.Linear(4, 8)),
    "a module is added": lambda m: m.append(nn.ReLU()),
    "a parameter is replaced": lambda m: setattr(m[0], "weight", nn.Parameter(torch.ones(8, 4))),
    "weights are changed in place": lambda m: m[0].weight.data.zero_(),
    "an attribute is set": lambda m: setattr(m[1], "forward", torch.tanh),
    "a hook is added": lambda m: m[0].register_forward_hook(lambda m, x, y: y + 1),
    "all is cast": lambda m: m.double(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_predict_sees_what_changed(change: str) -> None:
    module = mlp()
    model = PyTorchWrapper(module)
    before = model.predict(X)
    CHANGES[change](module)  # type: ignore[no-untyped-call]
    after = model.predict(X)
    assert not np.array_equal(after, before)
    x = X.astype("float64") if change == "all is cast" else X
    assert np.allclose(after, serial(module, x))


def predicts(model: Any, expected: Any, times: int) -> bool:
    for turn in range(times):
        if not np.array_equal(model.predict(X), expected):
            return False
        if turn % 10 == 0:
            time.sleep(0.001)  # or the thread that trains hardly gets a turn
    return True


@pytest.mark.parametrize("kind", ["dropout", "batch norm", "compiled", "closure"])
def test_eight_threads_predict_as_one_does_while_another_trains(kind: str) -> None:
    module = MODULES[kind]().train()  # type: ignore[no-untyped-call]
    for part in module.modules():
        if isinstance(part, nn.BatchNorm1d):
            part.momentum = 0.0  # so that training does not move what predict reads
    model = PyTorchWrapper(module)
    expected, stop = model.predict(X), threading.Event()
    trained = 0

    def train() -> None:
        nonlocal trained
        while not stop.is_set():
            model.begin_update(X)
            trained += 1

    trainer = threading.Thread(target=train)
    trainer.start()
    try:
        with ThreadPoolExecutor(8) as pool:
            same = list(pool.map(lambda _: predicts(model, expected, 250), range(8)))
    finally:
        stop.set()
        trainer.join()
    assert all(same)
    assert trained > 10


def test_gradients_of_threads_that_train_at_once_add_up() -> None:
    """The first gradient of a parameter is put in its place by whoever comes first."""
    module = nn.Sequential(nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 3))
    model = PyTorchWrapper(module)
    model.begin_update(X)[1](dY)
    expected = [4 * p.grad for p in module.parameters() if p.grad is not None]
    for _ in range(100):
        module.zero_grad(set_to_none=True)
        together = threading.Barrier(4)

        def train(together: threading.Barrier = together) -> None:
            backprop = model.begin_update(X)[1]
            together.wait()
            backprop(dY)

        threads = [threading.Thread(target=train) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for p, gradient in zip(module.parameters(), expected, strict=True):
            assert p.grad is not None
            assert torch.allclose(p.grad, gradient, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_eight_threads_predict_a_thousand_times_while_another_trains() -> None:
    model = PyTorchWrapper(mlp(0.5))
    expected, stop = model.predict(X), threading.Event()
    masks: list[Any] = []

    def train() -> None:
        while not stop.is_set():
            Y, backprop = model.begin_update(X)
            backprop(dY)
            masks.append(Y)

    trainer = threading.Thread(target=train)
    trainer.start()
    try:
        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(lambda _: predicts(model, expected, 1000), range(8)))
    finally:
        stop.set()
        trainer.join()
    assert len(masks) > 10
    assert not any(map(np.array_equal, masks[:10], masks[1:11]))


def test_a_module_that_raises_in_eval_mode_is_put_back() -> None:
    module: Any = mlp().train()
    module.forward = module[0].forward  # put on the instance: no twin is made
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        PyTorchWrapper(module).predict(X[:, :2])
    assert all(each.training for each in module.modules())


def test_no_gradient_is_gathered_by_predict() -> None:
    model = wrapped()
    model.predict(X)
    assert all(row.gradient is None for row in model.parameters())
