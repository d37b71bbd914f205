"""Each rule takes the steps of its paper: torch's, or a formula written out in float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from combinet.optimizers import SGD, Adam, AdamW, Optimizer, RAdam

STEPS = 30
PLAIN: dict[str, Any] = {"grad_clip": 0.0, "use_averages": False}


def trained_by_torch(net: Any, make: Callable[..., Any], **settings: Any) -> dict[str, np.ndarray]:
    """The weights after STEPS steps on the gradients that ``trained`` takes too."""
    tensors = [torch.nn.Parameter(torch.tensor(row.weights)) for row in net.rows]
    optimizer = make(tensors, **settings)
    for step in range(STEPS):
        for row, tensor in zip(net.set_gradients(step), tensors, strict=True):
            tensor.grad = torch.tensor(row.gradient)
        optimizer.step()
    return {
        row.path: tensor.detach().numpy() for row, tensor in zip(net.rows, tensors, strict=True)
    }


def trained(net: Any, optimizer: Optimizer) -> dict[str, np.ndarray]:
    for step in range(STEPS):
        optimizer.update(net.set_gradients(step))
    return dict(net.weights())


def assert_same(one: dict[str, np.ndarray], two: dict[str, np.ndarray], rtol: float) -> None:
    assert one.keys() == two.keys()
    for path in one:
        np.testing.assert_allclose(one[path], two[path], rtol=rtol, atol=rtol, err_msg=path)


@pytest.mark.parametrize(
    ("make", "ours", "theirs"),
    [
        (torch.optim.SGD, SGD(0.05, **PLAIN), {"lr": 0.05}),
        (torch.optim.SGD, SGD(0.05, momentum=0.9, **PLAIN), {"lr": 0.05, "momentum": 0.9}),
        (
            torch.optim.SGD,
            SGD(0.05, momentum=0.9, nesterov=True, **PLAIN),
            {"lr": 0.05, "momentum": 0.9, "nesterov": True},
        ),
        (
            torch.optim.SGD,
            SGD(0.05, momentum=0.8, L2=0.1, L2_is_weight_decay=False, **PLAIN),
            {"lr": 0.05, "momentum": 0.8, "weight_decay": 0.1},
        ),
        (torch.optim.AdamW, AdamW(0.01, L2=0.1, **PLAIN), {"lr": 0.01, "weight_decay": 0.1}),
        (
            torch.optim.AdamW,
            AdamW(0.01, L2=0, beta1=0.8, beta2=0.95, eps=1e-3, **PLAIN),
            {"lr": 0.01, "weight_decay": 0, "betas": (0.8, 0.95), "eps": 1e-3},
        ),
        (torch.optim.RAdam, RAdam(0.01, **PLAIN), {"lr": 0.01}),
        (
            torch.optim.RAdam,
            RAdam(0.01, L2=0.1, L2_is_weight_decay=False, beta2=0.9, eps=1e-3, **PLAIN),
            {"lr": 0.01, "weight_decay": 0.1, "betas": (0.9, 0.9), "eps": 1e-3},
        ),
        (
            torch.optim.Adam,  # eps stands elsewhere in torch's Adam: make it too small to matter
            Adam(0.01, L2=0.1, L2_is_weight_decay=False, eps=1e-30, **PLAIN),
            {"lr": 0.01, "weight_decay": 0.1, "eps": 1e-30},
        ),
    ],
    ids=lambda value: repr(value) if isinstance(value, Optimizer) else "",
)
def test_steps_are_torchs(make_net: Any, make: Any, ours: Optimizer, theirs: Any) -> None:
    expected = trained_by_torch(make_net(dtype="float64"), make, **theirs)
    assert_same(trained(make_net(dtype="float64"), ours), expected, rtol=1e-10)


@pytest.mark.parametrize("decoupled", [True, False])
def test_adam_adds_eps_to_the_uncorrected_moment_and_decays_last(
    make_net: Any, decoupled: bool
) -> None:
    rate, b1, b2, eps, decay = 0.01, 0.8, 0.9, 1e-2, 0.1
    net = make_net(dtype="float64")
    expected = {path: W.copy() for path, W in net.weights().items()}
    m1 = {path: np.zeros_like(W) for path, W in expected.items()}
    m2 = {path: np.zeros_like(W) for path, W in expected.items()}
    for step in range(STEPS):
        t = step + 1
        corrected = rate * np.sqrt(1 - b2**t) / (1 - b1**t)
        for row in net.set_gradients(step):
            W, p = expected[row.path], row.path
            g = np.asarray(row.gradient) + (0 if decoupled else decay * W)
            m1[p] = b1 * m1[p] + (1 - b1) * g
            m2[p] = b2 * m2[p] + (1 - b2) * g**2
            W -= corrected * m1[p] / (np.sqrt(m2[p]) + eps)
            W -= rate * decay * W if decoupled else 0
    settings: dict[str, Any] = {"beta1": b1, "beta2": b2, "eps": eps, "L2": decay}
    optimizer = Adam(rate, L2_is_weight_decay=decoupled, **settings, **PLAIN)
    assert_same(trained(make_net(dtype="float64"), optimizer), expected, rtol=1e-10)


def test_adam_with_beta1_zero_is_adam_still(make_net: Any) -> None:
    expected = trained_by_torch(
        make_net(dtype="float64"), torch.optim.Adam, lr=0.01, betas=(0.0, 0.9), eps=1e-30
    )
    optimizer = Optimizer(0.01, beta1=0.0, beta2=0.9, eps=1e-30, **PLAIN)
    assert_same(trained(make_net(dtype="float64"), optimizer), expected, rtol=1e-10)


def test_an_optimizer_without_beta2_is_plain_descent(make_net: Any) -> None:
    expected = trained_by_torch(make_net(), torch.optim.SGD, lr=0.01)
    optimizer = Optimizer(0.01, beta2=0.0, **PLAIN)
    assert_same(trained(make_net(), optimizer), expected, rtol=1e-5)
    assert not optimizer.mom1


def test_use_radam_is_radam(make_net: Any) -> None:
    expected = trained(make_net(), RAdam(0.01))
    assert_same(trained(make_net(), Optimizer(0.01, use_radam=True)), expected, rtol=0)


def test_the_learn_rate_scale_multiplies_the_rate(make_net: Any) -> None:
    for make in (SGD, Adam, AdamW, RAdam):
        scaled, expected = make_net(), make_net()
        one, two = make(0.02, L2=0.1), make(0.01, L2=0.1)
        for step in range(STEPS):
            one.update(scaled.set_gradients(step), lr_scale=0.5)
            two.update(expected.set_gradients(step))
        assert_same(scaled.weights(), expected.weights(), rtol=1e-6)


def test_averages_start_at_zero_and_follow_the_weights(net: Any) -> None:
    optimizer = SGD(0.1)
    expected = {row.key: np.zeros_like(row.weights) for row in net.rows}
    for t in range(1, STEPS + 1):
        optimizer.update(net.set_gradients(t))
        decay = min((1 + t) / (10 + t), 0.9999)
        for row in net.rows:
            expected[row.key] = decay * expected[row.key] + (1 - decay) * np.asarray(row.weights)
    assert optimizer.averages is not None
    assert optimizer.averages.keys() == expected.keys()
    for key, average in optimizer.averages.items():
        np.testing.assert_allclose(average, expected[key], rtol=1e-5, atol=1e-6)


def test_averages_can_be_left_out() -> None:
    assert SGD(0.1, use_averages=False).averages is None


def test_each_parameter_has_moments_of_its_own(make_net: Any) -> None:
    for make in (Adam, AdamW, RAdam):
        together, alone = make_net(), make_net()
        one, two = make(0.01), make(0.01)
        for step in range(STEPS):
            one.update(together.set_gradients(step))
            two.update(alone.set_gradients(step)[:1])
        np.testing.assert_array_equal(together.weights()["0/W"], alone.weights()["0/W"])
