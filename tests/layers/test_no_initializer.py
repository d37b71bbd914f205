"""None for an initializer is the layer's own, as in Thinc: in code and in a config."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from combinet import Config
from combinet.registry import registry

NAMES = {"init_W", "init_b", "initializer"}
FOUND = {
    name: {
        key: None for key in inspect.signature(registry.layers.get(name)).parameters if key in NAMES
    }
    for name in registry.layers.names()
    if registry.layers.get(name).__module__.startswith("combinet.layers")
}
LAYERS = {name: none for name, none in FOUND.items() if none}


def sizes(name: str) -> dict[str, int]:
    known = {"nO": 4, "nI": 3, "nV": 5, "max_length": 5}
    return {
        n: v
        for n, v in known.items()
        if n in inspect.signature(registry.layers.get(name)).parameters
    }


@pytest.mark.parametrize("name", sorted(LAYERS))
def test_none_gives_the_weights_of_the_default(name: str) -> None:
    make: Any = registry.layers.get(name)
    left_out, none = make(**sizes(name)), make(**sizes(name), **LAYERS[name])
    assert left_out.initialize(seed=0).to_bytes() == none.initialize(seed=0).to_bytes()


@pytest.mark.parametrize("name", sorted(LAYERS))
def test_a_config_may_say_null(name: str) -> None:
    block = {"@layers": name, **sizes(name), **LAYERS[name]}
    assert registry.resolve(Config({"model": block}))["model"].initialize(seed=0)
