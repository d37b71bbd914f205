"""Where a node stands, and how an error says so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet.chain import chain
from combinet.errors import CombinetError
from combinet.layers.linear import Linear
from combinet.model import Model
from combinet.paths import node_paths, parameter_path, short_name, spliced

X = np.ones((2, 3), dtype="float32")


def forward(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
    for layer in model.layers:
        X, _ = layer(X, is_train)
    return X, lambda dY: dY


def node(name: str, *layers: Model[Any, Any], role: Any = "layer") -> Model[Any, Any]:
    return Model(name, forward, layers=layers, role=role)


def paths(root: Model[Any, Any]) -> dict[str, str]:
    return {node.name: path for node, path in node_paths(root).items()}


def test_a_path_is_the_child_indices_from_the_root() -> None:
    root = node("r", node("a", node("b"), node("c", node("d"))), node("e"))
    assert paths(root) == {"r": "", "a": "0", "b": "0.0", "c": "0.1", "d": "0.1.0", "e": "1"}


def test_a_shared_node_has_its_first_path_depth_first() -> None:
    shared = node("s")
    root = node("r", node("a", node("b", shared)), shared)
    assert paths(root)["s"] == "0.0.0"


def test_a_chain_in_a_chain_takes_no_place() -> None:
    a, b, c, d = (node(name) for name in "abcd")
    for root in (
        chain(chain(chain(a, b), c), d),
        chain(a, chain(b, chain(c, d))),
        chain(chain(a, b), chain(c, d)),
        chain(a, b, c, d),
    ):
        found = paths(root)
        assert [found[name] for name in "abcd"] == ["0", "1", "2", "3"]


def test_a_see_through_wrapper_takes_no_place() -> None:
    a, b, c = (node(name) for name in "abc")
    root = chain(node("tap", a, role="see-through"), node("t2", chain(b, c), role="see-through"))
    found = paths(root)
    assert [found[name] for name in ("tap", "a", "b", "c")] == ["0", "0", "1", "2"]


def test_a_wrapper_around_a_wrapper_around_a_chain_takes_no_place() -> None:
    a, b, c = (node(name) for name in "abc")
    inner = node("t2", node("t1", chain(a, b), role="see-through"), role="see-through")
    found = paths(chain(inner, c))
    assert [found[name] for name in "abc"] == ["0", "1", "2"]


def test_a_see_through_root_gives_its_child_the_root_path() -> None:
    assert paths(node("tap", node("a", node("b")), role="see-through")) == {
        "tap": "",
        "a": "",
        "b": "0",
    }


def test_no_two_nodes_with_parameters_share_a_path() -> None:
    root = chain(
        node("tap", Linear(3, 3), role="see-through"),
        chain(Linear(3, 3), node("x", Linear(3, 3), chain(Linear(3, 3), Linear(3, 3)))),
    )
    made = [p.path for p in root.initialize().parameters()]
    assert len(set(made)) == len(made) == 10


def test_a_parameter_path_joins_node_and_name() -> None:
    assert parameter_path("0.2", "W") == "0.2/W"
    assert parameter_path("", "W") == "W"


def test_spliced_gives_the_layers_of_inner_chains_in_place() -> None:
    a, b, c = (node(name) for name in "abc")
    assert [layer.name for layer in spliced(chain(a, chain(b, c)))] == ["a", "b", "c"]


def test_a_long_chain_is_named_by_its_ends() -> None:
    model = chain(*(node(f"a_rather_long_name_{i}") for i in range(5)))
    assert short_name(model) == "a_rather_long_name_0>>...>>a_rather_long_name_4"


def test_a_long_name_is_cut_in_the_middle() -> None:
    assert len(short_name(node("x" * 100))) <= 50


def test_the_same_layer_of_two_equal_ones_is_told_by_its_path() -> None:
    model = chain(Linear(3, 3), Linear(3, 3), Linear(3, 3)).initialize()
    model.layers[1].set_param("W", np.ones((3, 4), dtype="float32"))
    with pytest.raises(CombinetError) as caught:
        model.predict(X)
    assert caught.value.where == "linear>>linear>>linear > linear (path 1)"


def test_an_error_of_a_part_alone_has_paths_from_that_part() -> None:
    model = chain(Linear(3, 3), chain(Linear(3, 3), Linear(3, 3))).initialize()
    model.layers[1].layers[1].set_param("W", np.ones((3, 4), dtype="float32"))
    with pytest.raises(CombinetError) as caught:
        model.layers[1].predict(X)
    assert caught.value.where == "linear>>linear > linear (path 1)"
    with pytest.raises(CombinetError) as caught:
        model.predict(X)
    assert caught.value.where.endswith("linear (path 2)")
