"""What an optimizer keeps between steps never makes it take another step than a fresh look would.

``update(list(...))`` looks everything up anew; ``finish_update`` keeps a table. Both are run.
"""

from __future__ import annotations

import copy
import gc
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from combinet import SGD, Adam, AdamW, Linear, Model, NumpyOps, Ops, RAdam, Relu, chain, freeze
from combinet.errors import ConfigError, NonFiniteError
from combinet.optimizers import Optimizer
from combinet.optimizers._steps import Steps

AnyNet = Model[Any, Any]
Finish = Callable[[AnyNet, Optimizer], None]


def kept(model: AnyNet, optimizer: Optimizer) -> None:
    model.finish_update(optimizer)


def anew(model: AnyNet, optimizer: Optimizer) -> None:
    optimizer.update(list(model.parameters()))


def a_net() -> AnyNet:
    return chain(Relu(4, 3), Linear(2, 4)).initialize(seed=0)


def give_gradients(model: AnyNet, seed: int) -> None:
    rng = np.random.default_rng(seed)
    for node in model.walk():
        for name in node.param_names:
            into = node.accumulator(name)
            into[...] = rng.normal(size=into.shape)


def weights(model: AnyNet) -> list[Any]:
    return [row.weights.copy() for row in model.parameters()]


def assert_same(one: list[Any], other: list[Any]) -> None:
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a, b, 1e-6, 1e-7)


def _replace_moment(model: AnyNet, optimizer: Optimizer) -> None:
    key = (model.layers[0].id, "W")
    optimizer.mom1[key] = np.ones_like(optimizer.mom1[key])


def _start_averages(model: AnyNet, optimizer: Optimizer) -> None:
    optimizer.averages = None if optimizer.averages is not None else {}


def _step_alone(model: AnyNet, optimizer: Optimizer) -> None:
    layer = model.layers[0]
    optimizer((layer.id, "W"), layer.get_param("W"), np.ones((4, 3), "f"))


def _forget(model: AnyNet, optimizer: Optimizer) -> None:
    optimizer.forget([(model.layers[0].id, "W")])


def _count(model: AnyNet, optimizer: Optimizer) -> None:
    optimizer.nr_update[(model.layers[0].id, "b")] = 40


def _new_layer(model: AnyNet, optimizer: Optimizer) -> None:
    model.layers[1] = Linear(2, 4).initialize(seed=4)


def _no_gradient(model: AnyNet, optimizer: Optimizer) -> None:
    del model.layers[0]._grads["b"]


def _load(model: AnyNet, optimizer: Optimizer) -> None:
    optimizer.from_bytes(optimizer.to_bytes({"m": model}), {"m": model})


def _clip(model: AnyNet, optimizer: Optimizer) -> None:
    optimizer.grad_norm, optimizer.grad_clipping = 0.5, 0.4


CHANGES: dict[str, Callable[[AnyNet, Optimizer], object]] = {
    "nothing": lambda m, o: None,
    "a moment is replaced": _replace_moment,
    "averages are dropped": _start_averages,
    "one parameter steps alone": _step_alone,
    "a parameter is forgotten": _forget,
    "a count is set": _count,
    "a layer is replaced": _new_layer,
    "a gradient is gone": _no_gradient,
    "a weight is set": lambda m, o: m.layers[0].set_param("W", np.ones((4, 3), "f")),
    "the state is loaded": _load,
    "gradients are to be clipped": _clip,
    "the rate is set": lambda m, o: setattr(o, "learn_rate", 0.5),
    "the decay is set": lambda m, o: setattr(o, "L2", 0.1),
    "the decay becomes a penalty": lambda m, o: (
        setattr(o, "L2", 0.1),
        setattr(o, "L2_is_weight_decay", False),
    ),
    "the kind of decay changes": lambda m, o: setattr(o, "L2_is_weight_decay", False),
    "the type changes": lambda m, o: (m.to_dtype("float64"), o.forget(list(o.nr_update))),
    "another backend is set": lambda m, o: setattr(m, "ops", Ops()),
}
OPTIMIZERS: dict[str, Callable[[], Optimizer]] = {
    "adam": lambda: Adam(0.1),
    "adamw": lambda: AdamW(0.1, groups=[("0/", {"learn_rate": 0.01, "L2": 0.3})]),
    "radam": lambda: RAdam(iter([0.1, 0.2, 0.3] * 5)),
    "sgd": lambda: SGD(0.1, momentum=0.9, freeze=["1/b"]),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_the_steps_are_right_after(kind: str, change: str) -> None:
    if change == "one parameter steps alone" and kind in {"adamw", "sgd"}:
        pytest.skip("groups and freeze need all parameters")
    ended: list[tuple[list[Any], Any, Any]] = []
    for finish in (kept, anew):
        model, optimizer = a_net(), OPTIMIZERS[kind]()
        for seed in range(6):
            give_gradients(model, seed)
            if seed == 3:
                CHANGES[change](model, optimizer)
            finish(model, optimizer)
            optimizer.step_schedules()
        counts = [optimizer.nr_update.get(row.key) for row in model.parameters()]
        averages = optimizer.averages or {}
        found = [averages[row.key] for row in model.parameters() if row.key in averages]
        ended.append((weights(model), counts, found))
    assert_same(ended[0][0], ended[1][0])
    assert ended[0][1] == ended[1][1]
    assert_same(ended[0][2], ended[1][2])


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often a table was made ready."""
    calls: list[int] = []
    plain = Steps.__init__

    def counting(self: Steps, *args: Any) -> None:
        calls.append(1)
        plain(self, *args)

    monkeypatch.setattr(Steps, "__init__", counting)
    return calls


def test_the_table_is_made_once(made: list[int]) -> None:
    model, optimizer = a_net(), Adam(iter([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]), grad_norm=1.0)
    for seed in range(5):
        give_gradients(model, seed)
        model.finish_update(optimizer)
        optimizer.step_schedules()
        Linear(2, 2).initialize()  # another model changes
    assert len(made) == 1


def test_two_roots_under_one_optimizer_keep_a_table_each(made: list[int]) -> None:
    models, optimizer = [a_net(), a_net()], Adam()
    for seed in range(4):
        for model in models:
            give_gradients(model, seed)
            model.finish_update(optimizer)
    assert len(made) == 2
    assert set(optimizer.nr_update.values()) == {4}


def test_a_layer_that_two_roots_share_counts_the_steps_of_both() -> None:
    shared = Linear(3, 3).initialize(seed=0)
    roots = [chain(shared, Linear(2, 3).initialize(seed=i)) for i in (1, 2)]
    optimizer = Adam()
    for seed in range(3):
        for root in roots:
            give_gradients(root, seed)
            root.finish_update(optimizer)
    assert optimizer.nr_update[shared.id, "W"] == 6
    assert optimizer.nr_update[roots[0].layers[1].id, "W"] == 3


def test_two_optimizers_on_one_model_keep_apart() -> None:
    models = [a_net(), a_net()]
    ended: list[list[Any]] = []
    for model, finish in zip(models, (kept, anew), strict=True):
        one, other = Adam(0.1), SGD(0.01)
        for seed in range(4):
            give_gradients(model, seed)
            finish(model, one if seed % 2 else other)
        ended.append(weights(model))
    assert_same(*ended)


def test_momentum_that_a_schedule_switches_on_gets_its_moments() -> None:
    model, optimizer = a_net(), SGD(0.1, momentum=iter([0.0, 0.0, 0.9, 0.9]))
    for seed in range(3):
        assert bool(optimizer.mom1) == (seed > 2)
        give_gradients(model, seed)
        model.finish_update(optimizer)
        optimizer.step_schedules()
    give_gradients(model, 3)
    model.finish_update(optimizer)
    assert len(optimizer.mom1) == 4


def test_a_refused_step_leaves_everything_and_the_next_one_goes_on() -> None:
    model, optimizer = a_net(), Adam(0.1)
    give_gradients(model, 0)
    model.finish_update(optimizer)
    before, counts = weights(model), dict(optimizer.nr_update)
    give_gradients(model, 1)
    model.layers[1].get_grad("b")[0] = np.nan
    with pytest.raises(NonFiniteError, match="1/b"):
        model.finish_update(optimizer)
    assert_same(weights(model), before)
    assert optimizer.nr_update == counts
    model.layers[1].get_grad("b")[0] = 0
    model.finish_update(optimizer)
    assert set(optimizer.nr_update.values()) == {2}


def test_frozen_layers_do_not_make_it_look_everything_up_again(made: list[int]) -> None:
    model = chain(freeze(Linear(3, 3)), Linear(2, 3)).initialize(seed=0)
    optimizer, X = Adam(), np.ones((2, 3), "f")
    for _ in range(4):
        Y, backprop = model.begin_update(X)
        backprop(Y)
        model.finish_update(optimizer)
    assert len(made) == 1
    assert {name for _, name in optimizer.nr_update} == {"W", "b"}
    assert {key for key, _ in optimizer.nr_update} == {model.layers[1].id}


def test_groups_are_checked_against_the_paths_even_with_a_kept_table() -> None:
    model = a_net()
    give_gradients(model, 0)
    model.finish_update(Adam())
    with pytest.raises(ConfigError, match="no parameter"):
        model.finish_update(Adam(freeze=["nowhere"]))


def test_arrays_of_another_kind_are_stepped_by_the_reference() -> None:
    class Elsewhere(np.ndarray): ...

    class ElsewhereOps(NumpyOps):
        @property
        def xp(self) -> Any:
            return type("xp", (), {"ndarray": Elsewhere})

    model = a_net()
    model.ops = ElsewhereOps()
    give_gradients(model, 0)
    before = weights(model)
    model.finish_update(Adam())
    assert all((a != b).all() for a, b in zip(weights(model), before, strict=True))


def test_a_model_does_not_keep_an_optimizer_alive_nor_its_moments() -> None:
    model, optimizer = a_net(), Adam()
    give_gradients(model, 0)
    model.finish_update(optimizer)
    moment = weakref.ref(next(iter(optimizer.mom1.values())))
    del optimizer
    gc.collect()
    assert moment() is None


def test_an_optimizer_keeps_no_tables_of_models_that_are_gone() -> None:
    optimizer = Adam()
    for _ in range(3):
        model = a_net()
        give_gradients(model, 0)
        model.finish_update(optimizer)
    del model
    gc.collect()
    assert len(optimizer._steps) == 0


def test_an_optimizer_that_has_stepped_can_be_copied() -> None:
    model, optimizer = a_net(), Adam(0.1)
    give_gradients(model, 0)
    model.finish_update(optimizer)
    twin = copy.deepcopy(optimizer)
    give_gradients(model, 1)
    model.finish_update(optimizer)
    assert set(twin.nr_update.values()) == {1}
    key = (model.layers[0].id, "W")
    assert (twin.mom1[key] != optimizer.mom1[key]).any()
