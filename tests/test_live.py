"""Whatever changes a model is heard of; and nothing else is."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from combinet import Adam, Linear, Model, NumpyOps, Relu, chain, with_debug
from combinet._live import EPOCH, LiveDict, LiveList


def a_model() -> Model[Any, Any]:
    return chain(Relu(3, 3), Linear(3, 3)).initialize()


#: Made before: to make a node is a change itself.
ANOTHER, OPS = Linear(3, 3), NumpyOps()

CHANGES: dict[str, Callable[[Model[Any, Any]], object]] = {
    "a layer is appended": lambda m: m.layers.append(ANOTHER),
    "a layer is replaced": lambda m: m.layers.__setitem__(0, ANOTHER),
    "a slice is replaced": lambda m: m.layers.__setitem__(slice(None), [ANOTHER]),
    "a layer is deleted": lambda m: m.layers.__delitem__(0),
    "layers are added in place": lambda m: m.layers.__iadd__([ANOTHER]),
    "layers are multiplied in place": lambda m: m.layers.__imul__(2),
    "layers are extended": lambda m: m.layers.extend([ANOTHER]),
    "a layer is inserted": lambda m: m.layers.insert(0, ANOTHER),
    "a layer is popped": lambda m: m.layers.pop(),
    "a layer is removed": lambda m: m.layers.remove(m.layers[0]),
    "layers are cleared": lambda m: m.layers.clear(),
    "layers are reversed": lambda m: m.layers.reverse(),
    "layers are sorted": lambda m: m.layers.sort(key=lambda layer: layer.name),
    "a node is replaced": lambda m: m.replace_node(m.layers[0], ANOTHER),
    "a node is taken out": lambda m: m.remove_node(m.layers[0]),
    "a parameter is set": lambda m: m.layers[0].set_param("W", np.ones((3, 3), "f")),
    "a gradient is made": lambda m: m.layers[0].accumulator("W"),
    "a gradient is added": lambda m: m.layers[0].inc_grad("W", np.ones((3, 3), "f")),
    "a gradient is set": lambda m: m.layers[0].set_grad("W", np.ones((3, 3), "f")),
    "a forward is replaced": lambda m: m.layers[0].replace_callbacks(_forward),
    "a hook is put around": lambda m: with_debug(m.layers[0]),
    "ops are set": lambda m: setattr(m.layers[0], "ops", OPS),
    "the dtype is changed": lambda m: m.to_dtype("float64"),
    "the device is changed": lambda m: m.to_cpu(),
    "weights are loaded": lambda m: m.from_bytes(m.to_bytes()),
    "it is initialized again": lambda m: m.initialize(seed=3),
}


def _forward(model: Any, X: Any, is_train: bool) -> Any:
    return X, lambda dY: dY


@pytest.mark.parametrize("change", CHANGES)
def test_it_is_heard_when(change: str) -> None:
    model = a_model()
    before = EPOCH.number
    CHANGES[change](model)
    assert EPOCH.number != before


def test_other_parameters_are_heard_when_they_come_and_when_they_go() -> None:
    model = a_model()
    params = {(n.id, name): n.get_param(name) * 0 for n in model.walk() for name in n.param_names}
    numbers = [EPOCH.number]
    with model.use_params(params):
        numbers.append(EPOCH.number)
    numbers.append(EPOCH.number)
    assert len(set(numbers)) == 3


def test_a_step_of_training_changes_no_structure() -> None:
    model, optimizer = a_model(), Adam()
    X = np.ones((2, 3), "f")

    def step() -> None:
        Y, backprop = model.begin_update(X)
        backprop(Y)
        model.finish_update(optimizer)

    step()
    before = EPOCH.number
    step()
    model.predict(X)
    assert EPOCH.number == before


DICT_CHANGES: dict[str, Callable[[dict[str, int]], object]] = {
    "set": lambda d: d.__setitem__("a", 2),
    "delete": lambda d: d.__delitem__("a"),
    "update": lambda d: d.update(a=3),
    "or": lambda d: d.__ior__({"b": 1}),
    "setdefault": lambda d: d.setdefault("c", 1),
    "pop": lambda d: d.pop("a"),
    "popitem": lambda d: d.popitem(),
    "clear": lambda d: d.clear(),
}


@pytest.mark.parametrize("change", DICT_CHANGES)
def test_a_live_dict_does_what_a_dict_does_and_tells(change: str) -> None:
    live, plain = LiveDict({"a": 1}), {"a": 1}
    before = EPOCH.number
    assert DICT_CHANGES[change](live) == DICT_CHANGES[change](plain)
    assert live == plain
    assert EPOCH.number != before


@pytest.mark.parametrize("value", [LiveList([1, 2]), LiveDict({"a": 1})], ids=["list", "dict"])
def test_copies_and_pickles_are_live_too(value: Any) -> None:
    for twin in (copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert twin == value
        assert type(twin) is type(value)


def test_every_way_to_change_a_list_or_a_dict_is_watched() -> None:
    reading = {"copy", "count", "index", "fromkeys", "get", "items", "keys", "values"}
    for live, plain in ((LiveList, list), (LiveDict, dict)):
        public = {name for name in vars(plain) if not name.startswith("_")} - reading
        assert public <= set(vars(live))


def test_no_number_comes_twice_from_two_threads() -> None:
    from threading import Thread

    from combinet._live import changed

    seen: list[int] = []

    def run() -> None:
        for _ in range(2000):
            changed()
            seen.append(EPOCH.number)

    threads = [Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    before = EPOCH.number
    changed()
    assert EPOCH.number > max(seen) >= before
