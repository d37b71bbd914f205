"""The step as a whole: one by one and batched, limits, rates, groups, and what is refused."""

from __future__ import annotations

from itertools import count
from typing import Any

import numpy as np
import pytest
import torch

from combinet.errors import ConfigError, NonFiniteError, ShapeError
from combinet.optimizers import SGD, Adam, AdamW, Optimizer, RAdam
from combinet.registry import registry
from combinet.schedules import constant, decaying, plateau, warmup_linear
from combinet.types import Parameter

MAKERS = {
    "Adam": lambda: Adam(0.01, L2=0.1),
    "Adam, L2": lambda: Adam(0.01, L2=0.1, L2_is_weight_decay=False),
    "AdamW": lambda: AdamW(0.01),
    "RAdam": lambda: RAdam(0.01, grad_clip=0.5),
    "SGD": lambda: SGD(0.1, grad_clipping=0.5),
    "momentum": lambda: SGD(0.1, momentum=0.9),
    "nesterov": lambda: SGD(0.1, momentum=0.9, nesterov=True, use_averages=False),
}


def snapshot(net: Any) -> dict[str, np.ndarray]:
    return {path: W.copy() for path, W in net.weights().items()}


def assert_equal(one: dict[str, np.ndarray], two: dict[str, np.ndarray]) -> None:
    assert one.keys() == two.keys()
    for path in one:
        np.testing.assert_array_equal(one[path], two[path], err_msg=path)


# One by one, and batched


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_the_batched_step_gives_the_bits_of_single_calls(make: Any, make_net: Any) -> None:
    batched, single = make_net(), make_net()
    one, two = make(), make()
    for step in range(10):
        one.update(batched.set_gradients(step), lr_scale=0.7)
        for row in single.set_gradients(step):
            two(row.key, row.weights, row.gradient, lr_scale=0.7)
    assert_equal(batched.weights(), single.weights())
    for row, other in zip(batched.rows, single.rows, strict=True):
        if one.averages is not None:
            np.testing.assert_array_equal(one.averages[row.key], two.averages[other.key])


def test_a_call_works_in_place_and_zeroes_the_gradient() -> None:
    W, dW = np.ones((2, 2), "f"), np.ones((2, 2), "f")
    weights, gradient = SGD(0.5, grad_clip=0)((1, "W"), W, dW)
    assert weights is W
    assert gradient is dW
    np.testing.assert_array_equal(W, 0.5)
    np.testing.assert_array_equal(dW, 0)


def test_an_empty_parameter_is_left_alone() -> None:
    optimizer = Adam(0.1)
    W = np.zeros((0, 3), "f")
    assert optimizer((1, "W"), W, W)[0] is W
    optimizer.update([Parameter("0/W", (1, "W"), W, W)])
    assert not optimizer.nr_update


def test_a_parameter_without_a_gradient_is_left_alone(net: Any) -> None:
    rows = list(net.set_gradients(0))
    rows[1].gradient = None
    before = snapshot(net)
    Adam(0.1).update(rows)
    np.testing.assert_array_equal(net.weights()["0/b"], before["0/b"])
    assert not np.array_equal(net.weights()["0/W"], before["0/W"])


def test_updates_are_counted_by_parameter(net: Any) -> None:
    optimizer = Adam(0.1)
    optimizer.update(net.set_gradients(0))
    optimizer.update(net.set_gradients(1)[:1])
    assert [optimizer.nr_update[row.key] for row in net.rows] == [2, 1, 1, 1]


def test_a_gradient_of_another_shape_is_refused(net: Any) -> None:
    row = net.rows[0]
    with pytest.raises(ShapeError, match=r"0/W[\s\S]*\(4, 3\)[\s\S]*\(3,\)"):
        SGD(0.1).update([Parameter(row.path, row.key, row.weights, np.ones(3, "f"))])


def test_a_scalar_parameter_is_trained() -> None:
    W = np.array(1.0, "f")
    for make in MAKERS.values():
        before = float(W)
        make()((1, "W"), W, np.array(0.5, "f"))
        assert float(W) != before


# Limits


def clipped(net: Any, optimizer: Optimizer, scale: float = 1.0) -> dict[str, np.ndarray]:
    """The gradients as plain descent at rate 1 has used them."""
    before = snapshot(net)
    optimizer.update(net.set_gradients(0, scale))
    return {path: before[path] - W for path, W in net.weights().items()}


def by_torch(net: Any, clip: Any, scale: float = 1.0) -> dict[str, np.ndarray]:
    tensors = [torch.zeros(row.weights.shape, requires_grad=True) for row in net.rows]
    for tensor, row in zip(tensors, net.set_gradients(0, scale), strict=True):
        tensor.grad = torch.tensor(row.gradient)
    clip(tensors)
    return {row.path: t.grad.numpy() for row, t in zip(net.rows, tensors, strict=True)}


@pytest.mark.parametrize("scale", [1.0, 0.001])
@pytest.mark.parametrize(
    ("settings", "clip"),
    [
        ({"grad_norm": 0.3}, lambda tensors: torch.nn.utils.clip_grad_norm_(tensors, 0.3)),
        ({"grad_clipping": 0.2}, lambda tensors: torch.nn.utils.clip_grad_value_(tensors, 0.2)),
        (
            {"grad_clip": 0.25},
            lambda tensors: [torch.nn.utils.clip_grad_norm_(t, 0.25) for t in tensors],
        ),
        (
            {"grad_clipping": 0.2, "grad_norm": 0.3, "grad_clip": 0.1},
            lambda tensors: (
                torch.nn.utils.clip_grad_value_(tensors, 0.2),
                torch.nn.utils.clip_grad_norm_(tensors, 0.3),
                [torch.nn.utils.clip_grad_norm_(t, 0.1) for t in tensors],
            ),
        ),
    ],
    ids=["global norm", "value", "norm", "all three"],
)
def test_gradients_are_limited_as_torch_does(
    settings: Any, clip: Any, scale: float, make_net: Any
) -> None:
    expected = by_torch(make_net(), clip, scale)
    found = clipped(make_net(), SGD(1.0, **{"grad_clip": 0.0, **settings}), scale)
    for path in expected:
        np.testing.assert_allclose(found[path], expected[path], rtol=1e-4, atol=3e-7)


def test_every_parameter_is_clipped_to_norm_one_by_default(net: Any) -> None:
    for dW in clipped(net, SGD(1.0)).values():
        assert np.linalg.norm(dW) == pytest.approx(1.0, rel=1e-5)


def test_the_norm_of_huge_gradients_does_not_overflow(net: Any) -> None:
    for dW in clipped(net, SGD(1.0), scale=1e30).values():
        assert np.linalg.norm(dW) == pytest.approx(1.0, rel=1e-5)


def test_the_global_norm_needs_all_parameters(net: Any) -> None:
    row = net.set_gradients(0)[0]
    with pytest.raises(ConfigError, match=r"optimizer\.update"):
        SGD(1.0, grad_norm=1.0)(row.key, row.weights, row.gradient)


# What is refused


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_no_weight_is_written_where_a_gradient_is_not_finite(
    make: Any, bad: float, net: Any
) -> None:
    optimizer = make()
    optimizer.update(net.set_gradients(0))
    before, counts = snapshot(net), dict(optimizer.nr_update)
    net.set_gradients(1)
    net.rows[2].gradient[1, 2] = bad
    net.rows[3].gradient[...] = bad
    with pytest.raises(NonFiniteError) as caught:
        optimizer.update(net.rows)
    assert "1.2/W" in str(caught.value)
    assert "1 of 8 numbers" in str(caught.value)
    assert_equal(net.weights(), before)
    assert optimizer.nr_update == counts
    with pytest.raises(NonFiniteError):
        optimizer(net.rows[2].key, net.rows[2].weights, net.rows[2].gradient)
    assert_equal(net.weights(), before)


@pytest.mark.parametrize("bad", [np.nan, np.inf, "0.1", []])
def test_a_rate_is_a_finite_number(bad: Any) -> None:
    with pytest.raises(ConfigError, match="rate"):
        Adam(bad)


def test_momentum_is_not_for_adam(net: Any) -> None:
    optimizer = Adam(0.1)
    optimizer.momentum = 0.9
    with pytest.raises(ConfigError, match=r"adam takes no momentum[\s\S]*b1"):
        optimizer.update(net.set_gradients(0))


# Rates


def test_rates_read_as_numbers_and_can_be_assigned() -> None:
    optimizer = Adam(0.1, L2=0.2, beta1=0.3, beta2=0.4, eps=0.5, grad_clip=0.6)
    found = [getattr(optimizer, name) for name in ("learn_rate", "L2", "b1", "b2", "eps")]
    assert [*found, optimizer.grad_clip] == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    optimizer.learn_rate = 7
    optimizer.step_schedules()
    assert (optimizer.learn_rate, optimizer.step) == (7.0, 1)


def test_an_assigned_rate_is_the_one_used() -> None:
    optimizer = SGD(0.1, grad_clip=0)
    optimizer.learn_rate = 0.5
    W = np.ones(2, "f")
    optimizer((1, "W"), W, np.ones(2, "f"))
    np.testing.assert_array_equal(W, 0.5)


@pytest.mark.parametrize(
    "rate",
    [
        decaying(1.0, 1.0),
        [1.0, 1 / 2, 1 / 3],
        (1 / (1 + step) for step in count()),
        iter([1.0, 1 / 2, 1 / 3]),
    ],
    ids=["schedule", "list", "generator", "iterator"],
)
def test_rates_follow_schedules_of_every_kind(rate: Any) -> None:
    optimizer = SGD(rate)
    found = [optimizer.learn_rate]
    for _ in range(2):
        optimizer.step_schedules()
        found.append(optimizer.learn_rate)
    assert found == pytest.approx([1, 1 / 2, 1 / 3])


def test_an_exhausted_iterator_keeps_its_last_rate() -> None:
    optimizer = SGD(iter([1.0, 0.5]))
    for _ in range(4):
        optimizer.step_schedules()
    assert optimizer.learn_rate == 0.5


def test_an_assigned_number_holds_until_the_schedule_steps() -> None:
    optimizer = SGD([3.0, 2.0, 1.0])
    optimizer.learn_rate = 9
    assert optimizer.learn_rate == 9
    optimizer.step_schedules()
    assert optimizer.learn_rate == 2
    optimizer.learn_rate = constant(5.0)
    optimizer.step_schedules()
    assert optimizer.learn_rate == 5


def test_every_number_can_have_a_schedule() -> None:
    down: Any = [0.5, 0.25]
    names = ["L2", "eps", "grad_clip", "grad_norm", "grad_clipping"]
    optimizer = Optimizer(down, beta1=down, beta2=down, momentum=down, **dict.fromkeys(names, down))
    optimizer.step_schedules()
    assert set(optimizer.rates.values.values()) == {0.25}
    assert set(optimizer.schedules) == set(optimizer.rates.values)


def test_the_last_score_reaches_the_schedules() -> None:
    optimizer = SGD(plateau(1, 0.5, constant(1.0)))
    rates: list[float] = []
    for score in (0.5, 0.6, 0.6, 0.7):
        optimizer.last_score = score
        optimizer.step_schedules()
        rates.append(optimizer.learn_rate)
    assert optimizer.last_score == (3, 0.7)
    assert rates == [1, 1, 0.5, 0.5]


# Groups and freezing


def test_a_group_has_its_own_settings(make_net: Any) -> None:
    grouped, plain, slow = make_net(), make_net(), make_net()
    optimizer = Adam(0.01, L2=0.1, groups=[(r"/b$", {"learn_rate": 0.001, "L2": 0.0})])
    for step in range(5):
        optimizer.update(grouped.set_gradients(step))
    for one, net in ((Adam(0.01, L2=0.1), plain), (Adam(0.001), slow)):
        for step in range(5):
            one.update(net.set_gradients(step))
    expected = {**plain.weights(), "0/b": slow.weights()["0/b"]}
    assert_equal(grouped.weights(), expected)


@pytest.mark.parametrize(
    ("settings", "like"),
    [
        ({"lr_scale": 0.5}, {"learn_rate": 0.005}),
        ({"grad_clip": 0.1}, {"grad_clip": 0.1}),
        ({"beta1": 0.5, "b2": 0.9, "eps": 0.1}, {"beta1": 0.5, "beta2": 0.9, "eps": 0.1}),
        ({"learn_rate": [0.01, 0.5]}, {"learn_rate": [0.01, 0.5]}),
    ],
)
def test_settings_of_a_group_are_those_of_an_optimizer(
    settings: Any, like: Any, make_net: Any
) -> None:
    grouped, expected = make_net(), make_net()
    one, two = Adam(0.01, groups=[("", settings)]), Adam(**{"learn_rate": 0.01, **like})
    for step in range(3):
        one.update(grouped.set_gradients(step))
        two.update(expected.set_gradients(step))
        one.step_schedules()
        two.step_schedules()
    assert_equal(grouped.weights(), expected.weights())


def test_the_first_group_that_fits_holds(make_net: Any) -> None:
    found, expected = make_net(), make_net()
    groups = [("0/W", {"learn_rate": 0.0}), ("W", {"learn_rate": 0.5})]
    before = snapshot(found)
    SGD(0.1, groups=groups).update(found.set_gradients(0))
    SGD(0.5).update(expected.set_gradients(0))
    np.testing.assert_array_equal(found.weights()["0/W"], before["0/W"])
    np.testing.assert_array_equal(found.weights()["1.2/W"], expected.weights()["1.2/W"])


def test_frozen_parameters_stay_and_their_gradients_do_not_pile_up(net: Any) -> None:
    optimizer = Adam(0.1, L2=0.1, freeze=[r"^0/", r"E$"], groups=[("/W", {"L2": 0.0})])
    before = snapshot(net)
    optimizer.update(net.set_gradients(0))
    for row in net.rows:
        moved = not np.array_equal(row.weights, before[row.path])
        assert moved == (row.path == "1.2/W")
        assert not row.gradient.any()
    assert len(optimizer.nr_update) == 1


def test_frozen_parameters_do_not_count_for_the_global_norm(make_net: Any) -> None:
    found, expected = make_net(), make_net()
    SGD(1.0, grad_norm=0.5, freeze=["^1"]).update(found.set_gradients(0))
    SGD(1.0, grad_norm=0.5).update(expected.set_gradients(0)[:2])
    np.testing.assert_array_equal(found.weights()["0/W"], expected.weights()["0/W"])


@pytest.mark.parametrize("settings", [{"groups": [(r"1\.2/V", {"L2": 0})]}, {"freeze": ["1.2/V"]}])
def test_an_expression_that_fits_nothing_is_an_error_before_anything_is_written(
    settings: Any, net: Any
) -> None:
    optimizer = SGD(0.1, **settings)
    before = snapshot(net)
    with pytest.raises(ConfigError) as caught:
        optimizer.update(net.set_gradients(0))
    assert "did_you_mean: 1.2/" in str(caught.value)
    assert_equal(net.weights(), before)


def test_what_a_group_cannot_set_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"learning_rate[\s\S]*learn_rate"):
        Adam(groups=[("W", {"learning_rate": 0.1})])
    with pytest.raises(ConfigError, match="not a regular expression"):
        Adam(freeze=["["])
    with pytest.raises(ConfigError, match="list of regular expressions"):
        Adam(freeze="W")


def test_groups_need_paths(net: Any) -> None:
    row = net.set_gradients(0)[0]
    with pytest.raises(ConfigError, match=r"optimizer\.update"):
        SGD(0.1, freeze=["W"])(row.key, row.weights, row.gradient)


@pytest.mark.parametrize("name", ["Adam", "AdamW", "RAdam", "SGD"])
def test_optimizers_are_registered(name: str) -> None:
    optimizer = registry.get("optimizers", f"{name}.v1")(
        warmup_linear(0.1, 1, 4), groups=[["/b", {"L2": 0.0}]], freeze=["E"], grad_norm=1.0
    )
    optimizer.step_schedules()
    assert optimizer.learn_rate == 0.1
    assert repr(optimizer).startswith(f"Optimizer({name.lower()}, learn_rate=0.1")
