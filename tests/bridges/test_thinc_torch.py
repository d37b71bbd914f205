"""PyTorch modules that either library wraps, inside networks of the other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed", exc_type=ImportError)
thinc: Any = pytest.importorskip("thinc.api", reason="Thinc is not installed", exc_type=ImportError)

from combinet import Adam, Linear, PyTorchWrapper, Relu, chain  # noqa: E402
from combinet.bridges import from_thinc, to_thinc  # noqa: E402

RNG = np.random.default_rng(0)
X = RNG.standard_normal((6, 4)).astype("float32")
dY = RNG.standard_normal((6, 3)).astype("float32")


@pytest.fixture(autouse=True)
def _nobody_writes_what_is_not_its_own() -> None:
    """Not watched here: what Thinc makes of a tensor cannot be made writable again."""


def ours() -> Any:
    """A module that Thinc wraps, inside ours."""
    module = torch.nn.Linear(5, 5)
    return chain(Relu(5), from_thinc(thinc.PyTorchWrapper(module)), Linear(3)).initialize(X, dY)


def thincs() -> Any:
    """A module that we wrap, inside Thinc's."""
    inside = chain(Relu(5), PyTorchWrapper(torch.nn.Linear(5, 5)))
    return thinc.chain(to_thinc(inside), thinc.Linear(3)).initialize(X, dY)


def module_of(model: Any) -> Any:
    """The module, wherever it is."""
    if isinstance(model, torch.nn.Module):
        return model
    inside = [shim._model for node in model.walk() for shim in node.shims]
    return next(found for found in map(module_of, inside) if found is not None)


def take_steps(model: Any, optimizer: Any, steps: int = 1) -> None:
    for _ in range(steps):
        _, backprop = model.begin_update(X)
        backprop(dY)
        model.finish_update(optimizer)


@pytest.mark.parametrize("adam", [Adam, thinc.Adam])
@pytest.mark.parametrize("network", [ours, thincs])
def test_the_module_is_trained_and_its_gradient_is_zero_after(network: Any, adam: Any) -> None:
    model = network()
    weight = module_of(model).weight
    before = weight.detach().clone()
    take_steps(model, adam(0.01))
    weight = module_of(model).weight
    assert not torch.equal(before, weight)
    assert weight.grad is None or not weight.grad.any()


@pytest.mark.parametrize("adam", [Adam, thinc.Adam])
def test_weights_that_no_array_can_share_are_trained_too(adam: Any) -> None:
    module = torch.nn.Linear(4, 3, dtype=torch.bfloat16)
    before = module.weight.detach().clone()
    take_steps(to_thinc(PyTorchWrapper(module)).initialize(X, dY), adam(0.1))
    assert not torch.equal(before, module.weight)


@pytest.mark.parametrize("adam", [Adam, thinc.Adam])
def test_averages_reach_the_module_we_wrap(adam: Any) -> None:
    model, optimizer = thincs(), adam(0.01)
    take_steps(model, optimizer, 3)
    own = module_of(model).weight.detach().clone()
    with model.use_params(optimizer.averages):
        assert not torch.equal(own, module_of(model).weight)
    assert torch.equal(own, module_of(model).weight)


@pytest.mark.parametrize("adam", [Adam, thinc.Adam])
def test_averages_reach_the_module_that_thinc_wraps(adam: Any) -> None:
    model, optimizer = ours(), adam(0.01)
    take_steps(model, optimizer, 3)
    own = module_of(model).weight.detach().clone()
    with model.use_params(optimizer.averages):
        assert not torch.equal(own, module_of(model).weight)
    assert torch.equal(own, module_of(model).weight)


@pytest.mark.parametrize("network", [ours, thincs])
def test_files_bring_the_module_back(network: Any) -> None:
    model, other = network(), network()
    assert not np.array_equal(model.predict(X), other.predict(X))
    assert np.array_equal(other.from_bytes(model.to_bytes()).predict(X), model.predict(X))


@pytest.mark.parametrize("network", [ours, thincs])
def test_copies_have_modules_of_their_own(network: Any) -> None:
    model = network()
    before = model.predict(X).copy()
    twin = model.copy()
    take_steps(twin, thinc.Adam(0.1))
    assert np.array_equal(model.predict(X), before)
