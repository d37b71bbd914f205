"""Optimizers of either library on networks of both."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet import SGD, Adam, Linear, Relu, chain
from combinet.bridges import from_thinc, to_thinc

thinc: Any = pytest.importorskip("thinc.api", reason="Thinc is not installed", exc_type=ImportError)

RNG = np.random.default_rng(0)
X = RNG.standard_normal((6, 4)).astype("float32")
dY = RNG.standard_normal((6, 3)).astype("float32")
OPTIMIZERS = {
    "our Adam": lambda: Adam(0.01),
    "our SGD": lambda: SGD(0.01),
    "Thinc's Adam": lambda: thinc.Adam(0.01),
    "Thinc's RAdam": lambda: thinc.RAdam(0.01),
    "Thinc's SGD": lambda: thinc.SGD(0.01),
}


def ours() -> Any:
    inside = thinc.chain(thinc.Relu(5), to_thinc(Relu(6)))
    return chain(Relu(5), from_thinc(inside), Linear(3)).initialize(X, dY, seed=0)


def thincs() -> Any:
    thinc.fix_random_seed(0)
    inside = chain(Relu(5), from_thinc(thinc.Relu(6)))
    return thinc.chain(thinc.Relu(5), to_thinc(inside), thinc.Linear(3)).initialize(X, dY)


def rows(model: Any) -> list[tuple[Any, Any]]:
    """Every weight with its gradient, wherever it lies."""
    if hasattr(model, "parameters"):
        return [(row.weights, row.gradient) for row in model.parameters()]
    found = []
    for node in model.walk():
        found += [(node.get_param(n), node.maybe_get_grad(n)) for n in node.param_names]
        for shim in node.shims:
            found += [(row.weights, row.gradient) for row in shim.rows()]
    return found


def take_steps(model: Any, optimizer: Any, steps: int = 1) -> None:
    for _ in range(steps):
        _, backprop = model.begin_update(X)
        backprop(dY)
        model.finish_update(optimizer)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("network", [ours, thincs])
def test_every_weight_is_trained_and_every_gradient_is_zero_after(
    network: Any, optimizer: str
) -> None:
    model = network()
    before = [weights.copy() for weights, _ in rows(model)]
    take_steps(model, OPTIMIZERS[optimizer]())
    assert len(before) == 8
    for old, (weights, gradient) in zip(before, rows(model), strict=True):
        assert not np.array_equal(old, weights)
        assert not gradient.any()


@pytest.mark.parametrize("network", [ours, thincs])
def test_both_libraries_adams_take_the_same_steps(network: Any) -> None:
    one, two = network(), network()
    for (weights, _), (twin, _) in zip(rows_of(one), rows_of(two), strict=True):
        twin[...] = weights
    settings = {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "L2": 0.0, "grad_clip": 0.0}
    take_steps(one, Adam(0.01, **settings), steps=5)
    take_steps(two, thinc.Adam(0.01, **settings), steps=5)
    for (weights, _), (twin, _) in zip(rows(one), rows(two), strict=True):
        np.testing.assert_allclose(weights, twin, rtol=1e-4, atol=1e-6)


def rows_of(model: Any) -> list[tuple[Any, Any]]:
    _, backprop = model.begin_update(X)  # so that there are gradients
    backprop(dY)
    found = rows(model)
    for _, gradient in found:
        gradient[...] = 0
    return found


@pytest.mark.parametrize("network", [ours, thincs])
def test_no_two_weights_have_one_key(network: Any) -> None:
    optimizer = thinc.Adam(0.01)
    model = network()
    take_steps(model, optimizer)
    assert len(optimizer.averages) == len(rows(model)) == 8


def test_our_layers_and_thincs_of_one_number_have_different_keys() -> None:
    seen: list[Any] = []

    def spy(key: Any, weights: Any, gradient: Any, **_: Any) -> tuple[Any, Any]:
        seen.append(key)
        return weights, gradient

    model = thinc.chain(thinc.Relu(5), to_thinc(Linear(3))).initialize(X, dY)
    model.layers[1].shims[0].id = model.layers[0].id  # Thinc counts both from 1: it happens
    _, backprop = model.begin_update(X)
    backprop(dY)
    model.finish_update(spy)
    assert len(set(seen)) == len(seen) == 4


@pytest.mark.parametrize("optimizer", ["our Adam", "Thinc's Adam"])
def test_networks_side_by_side_that_share_an_optimizer_have_keys_of_their_own(
    optimizer: str,
) -> None:
    mine, theirs = Linear(3).initialize(X, dY), thinc.Linear(3).initialize(X, dY)
    chosen = OPTIMIZERS[optimizer]()
    for model in (mine, theirs):
        take_steps(model, chosen)
    assert len(chosen.averages) == 4
    assert mine.id > 2**32 > theirs.id  # so that it is no matter of chance


@pytest.mark.parametrize("optimizer", ["our Adam", "Thinc's Adam"])
@pytest.mark.parametrize("network", [ours, thincs])
def test_averages_reach_every_weight_and_leave_again(network: Any, optimizer: str) -> None:
    model, chosen = network(), OPTIMIZERS[optimizer]()
    take_steps(model, chosen, steps=3)
    own = [weights.copy() for weights, _ in rows(model)]
    with model.use_params(chosen.averages):
        inside = [weights.copy() for weights, _ in rows(model)]
    assert all(not np.array_equal(a, b) for a, b in zip(own, inside, strict=True))
    assert all(np.array_equal(a, b) for a, (b, _) in zip(own, rows(model), strict=True))


def test_weights_come_back_when_the_block_of_use_params_raises() -> None:
    model, optimizer = ours(), Adam(0.01)
    take_steps(model, optimizer)
    before = model.predict(X)
    with pytest.raises(KeyError), model.use_params(optimizer.averages):
        raise KeyError
    assert np.array_equal(model.predict(X), before)


def test_an_optimizer_that_returns_new_arrays_is_followed() -> None:
    def plain(key: Any, weights: Any, gradient: Any, **_: Any) -> tuple[Any, Any]:
        return weights - 0.1 * gradient, gradient

    for model in (ours(), thincs()):
        before = model.predict(X)
        take_steps(model, plain)
        assert not np.array_equal(model.predict(X), before)


def test_groups_find_layers_of_thinc_by_their_paths() -> None:
    model = ours()
    before = [row.weights.copy() for row in model.parameters()]
    take_steps(model, Adam(0.01, freeze=[r"^1/shim\.0/0/"]))
    frozen = [
        row.path
        for old, row in zip(before, model.parameters(), strict=True)
        if np.array_equal(old, row.weights)
    ]
    assert frozen == ["1/shim.0/0/W", "1/shim.0/0/b"]
