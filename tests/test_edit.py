"""Walking, removing, replacing, copying, wrapping."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from combinet.chain import chain
from combinet.combinators.with_array import with_array
from combinet.edit import change_attr_values, set_dropout_rate, wrap_model_recursive
from combinet.layers.dropout import Dropout
from combinet.layers.linear import Linear
from combinet.layers.relu import Relu
from combinet.model import Model
from combinet.ops import NumpyOps
from combinet.shims import Shim

X = np.random.default_rng(0).normal(size=(6, 5)).astype("float32")


def forward(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
    return X, lambda dY: dY


def make(name: str, *layers: Model[Any, Any], **kwargs: Any) -> Model[Any, Any]:
    return Model(name, forward, layers=layers, **kwargs)


def names(root: Model[Any, Any], order: Any) -> str:
    return "".join(node.name for node in root.walk(order=order))


class CopyingShim(Shim):
    def copy(self) -> Shim:
        return CopyingShim(self._model)


# --- walk -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "expected"), [("bfs", "abedcf"), ("dfs_pre", "abdcef"), ("dfs_post", "dcbfea")]
)
def test_walk_visits_every_node_once_in_order(order: str, expected: str) -> None:
    c, d = make("c"), make("d")
    root = make("a", make("b", d, c), make("e", d, make("f")))
    assert names(root, order) == expected


def test_walk_goes_breadth_first_unless_told_otherwise() -> None:
    root = make("a", make("b", make("c")), make("d"))
    assert "".join(node.name for node in root.walk()) == "abdc"


def test_an_unknown_order_is_an_error_at_the_call() -> None:
    with pytest.raises(ValueError, match="order is one of bfs, dfs_pre, dfs_post"):
        make("a").walk(order="post")  # type: ignore[arg-type]


def test_walk_follows_layers_and_not_references() -> None:
    assert names(make("a", refs={"r": make("b")}), "bfs") == "a"


def test_walk_survives_edits_while_it_runs() -> None:
    root = make("a", make("b"), make("c"))
    for node in root.walk():
        node.layers.clear()
    assert names(root, "bfs") == "a"


# --- remove and replace -----------------------------------------------------------------------


def test_remove_node_takes_it_out_everywhere_and_unsets_references() -> None:
    b = make("b", make("c"))
    root = make("a", b, make("d", b), refs={"unset": None})
    root.set_ref("b", b)
    root.set_ref("c", b.layers[0])
    root.remove_node(b)
    assert names(root, "bfs") == "ad"
    assert (root.has_ref("b"), root.has_ref("c"), root.has_ref("unset")) == (None, None, None)


def test_replace_node_replaces_in_layers_and_references() -> None:
    b, new = make("b", make("c")), make("n")
    root = make("a", b, make("d", b), refs={"unset": None, "b": b})
    root.set_ref("c", b.layers[0])
    assert root.replace_node(b, new) is True
    assert names(root, "bfs") == "and"
    assert root.get_ref("b") is new
    assert (root.has_ref("c"), root.has_ref("unset")) == (None, None)


def test_replace_node_of_a_stranger_is_false_and_changes_nothing() -> None:
    root = make("a", make("b"))
    assert root.replace_node(make("x"), make("y")) is False
    assert names(root, "bfs") == "ab"


def test_the_root_cannot_be_replaced_and_its_references_stay() -> None:
    root = make("a", make("b"))
    root.set_ref("self", root)
    root.layers[0]._refs["up"] = root
    assert root.replace_node(root, make("n")) is True
    assert names(root, "bfs") == "ab"
    assert root.get_ref("self") is root
    assert root.layers[0].get_ref("up") is root


def test_a_node_can_be_replaced_by_a_wrapper_of_itself() -> None:
    b = make("b")
    root = make("a", b)
    root.set_ref("b", b)
    root.replace_node(b, make("w", b))
    assert names(root, "bfs") == "awb"
    assert root.get_ref("b").name == "w"


def test_a_replaced_head_of_another_width_gives_the_chain_its_width() -> None:
    model = (Relu(4) >> with_array(Linear(2))).initialize(X=X)
    model.replace_node(model.layers[1].layers[0], Linear(7))
    assert model.get_dim("nO") == model.layers[1].get_dim("nO") == 7
    assert model.initialize(X=X).predict(X).shape == (6, 7)


def test_removing_the_last_layer_gives_the_chain_the_width_of_the_one_before() -> None:
    model = chain(Relu(4), Relu(3), Linear(2)).initialize(X=X)
    model.remove_node(model.layers[-1])
    assert model.get_dim("nO") == 3
    assert model.initialize(X=X).predict(X).shape == (6, 3)


def test_replacing_leaves_the_sizes_of_other_layers_alone() -> None:
    model = chain(Relu(4), Linear(2))
    model.replace_node(model.layers[1], Linear())
    assert model.layers[1].has_dim("nI") is None
    assert model.has_dim("nO") is None


# --- copy -------------------------------------------------------------------------------------


def test_a_copy_has_new_ids_and_its_own_arrays() -> None:
    model = (Relu(4) >> Linear(2)).initialize(X=X)
    twin = model.copy()
    assert {n.id for n in model.walk()}.isdisjoint(n.id for n in twin.walk())
    for one, two in zip(model.parameters(), twin.parameters(), strict=True):
        assert np.array_equal(one.weights, two.weights)
        assert not np.shares_memory(one.weights, two.weights)


def test_a_copy_keeps_gradients_dims_and_attrs_each_its_own() -> None:
    model = Model("m", forward, dims={"nO": 1}, attrs={"list": [1]})
    model.inc_grad("W", np.ones(2, dtype="float32"))
    twin = model.copy()
    twin.get_grad("W")[:] = 5
    twin.attrs["list"].append(2)
    assert model.get_grad("W").tolist() == [1, 1]
    assert model.attrs["list"] == [1]
    assert twin.get_dim("nO") == 1


def test_a_copy_points_its_references_to_its_own_nodes() -> None:
    root = make("a", make("b"), refs={"unset": None})
    root.set_ref("b", root.layers[0])
    root.set_ref("self", root)
    twin = root.copy()
    assert twin.get_ref("b") is twin.layers[0]
    assert twin.get_ref("self") is twin
    assert twin.has_ref("unset") is None


def test_a_copy_keeps_the_ops() -> None:
    ops = NumpyOps()
    assert make("a", ops=ops).copy().ops is ops


def test_what_is_shared_inside_stays_shared_in_the_copy() -> None:
    shared, shim = Linear(5, 5), CopyingShim("theirs")
    root = make("a", make("b", shared, shims=[shim]), make("c", shared, shims=[shim]))
    twin = root.copy()
    assert twin.layers[0].layers[0] is twin.layers[1].layers[0]
    assert twin.layers[0].layers[0] is not shared
    assert twin.layers[0].shims[0] is twin.layers[1].shims[0]
    assert twin.layers[0].shims[0].id != shim.id


def test_copies_draw_other_dropout_masks() -> None:
    model = Dropout(0.5).initialize(X=X)
    twins = [model.copy(), model.copy()]
    masks = [m.begin_update(np.ones((20, 5), dtype="float32"))[0] for m in (model, *twins)]
    assert not np.array_equal(masks[0], masks[1])
    assert not np.array_equal(masks[1], masks[2])


def test_copy_deepcopy_is_copy() -> None:
    model = Linear(2, 5).initialize()
    twin = copy.deepcopy(model)
    assert twin.id != model.id
    assert np.array_equal(twin.predict(X), model.predict(X))


def test_a_copy_still_knows_where_an_inferred_size_came_from() -> None:
    twin = Linear(2).initialize(X=X).copy()
    with pytest.raises(ValueError, match=r"nI \(linear\): 5, read off X"):
        twin.initialize(X=X[:, :3])


# --- attributes, dtype, wrapping --------------------------------------------------------------


def test_set_dropout_rate_sets_it_wherever_it_is_and_returns_the_model() -> None:
    model = Relu(4, dropout=0.1) >> Dropout(0.2) >> Linear(2)
    assert set_dropout_rate(model, 0.7) is model
    assert [n.attrs["dropout_rate"] for n in model.walk() if "dropout_rate" in n.attrs] == [0.7] * 2
    assert all("dropout_rate" not in n.attrs for n in model.walk() if n.name != "dropout")


def test_change_attr_values_changes_existing_attributes_by_node_name() -> None:
    model = make("a", make("b", attrs={"x": 1}), make("c", attrs={"x": 1}))
    change_attr_values(model, {"b": {"x": 2, "new": 3}, "nobody": {"x": 5}})
    assert [n.attrs for n in model.walk()] == [{}, {"x": 2}, {"x": 1}]


def test_to_dtype_casts_parameters_and_gradients_of_every_node() -> None:
    model = (Relu(4) >> Linear(2)).initialize(X=X)
    _, backprop = model.begin_update(X)
    backprop(np.ones((6, 2), dtype="float32"))
    assert model.to_dtype("float64") is model
    for parameter in model.parameters():
        assert parameter.weights.dtype == np.float64
        assert parameter.gradient is not None
        assert parameter.gradient.dtype == np.float64


def test_wrap_model_recursive_wraps_every_distinct_node_and_returns_the_wrapped_root() -> None:
    shared = make("s")
    root = make("a", make("b", shared), shared)
    wrapped = wrap_model_recursive(root, lambda node: make(f"<{node.name}>", node))
    assert [n.name for n in wrapped.walk(order="dfs_pre")] == ["<a>", "a", "<b>", "b", "<s>", "s"]
    assert wrapped.layers[0].layers[1] is wrapped.layers[0].layers[0].layers[0].layers[0]
