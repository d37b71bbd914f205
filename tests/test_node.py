"""What a node holds by name: dims, parameters, gradients, references."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

from combinet import Linear
from combinet.errors import CombinetError
from combinet.model import Model, Weight
from combinet.shims import Shim


def forward(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
    return X, lambda dY: dY


def ones(ops: Any, shape: tuple[int, ...]) -> Any:
    return np.ones(shape, dtype="float32")


def make(**kwargs: Any) -> Model[Any, Any]:
    return Model("test", forward, **kwargs)


@pytest.fixture
def node() -> Model[Any, Any]:
    return make(
        dims={"nO": None, "nI": 5},
        params={"W": np.zeros((2, 5), dtype="float32"), "b": None},
        refs={"empty": None},
    )


# --- three-valued -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["dim", "param", "ref"])
def test_has_is_false_for_what_is_unknown(node: Model[Any, Any], kind: str) -> None:
    assert getattr(node, f"has_{kind}")("nothing") is False


@pytest.mark.parametrize(("kind", "name"), [("dim", "nO"), ("param", "b"), ("ref", "empty")])
def test_has_is_none_for_what_is_unset(node: Model[Any, Any], kind: str, name: str) -> None:
    assert getattr(node, f"has_{kind}")(name) is None


def test_has_is_true_for_what_is_set(node: Model[Any, Any]) -> None:
    node.set_ref("empty", node)
    assert node.has_dim("nI") is True
    assert node.has_param("W") is True
    assert node.has_ref("empty") is True


def test_a_declared_weight_is_a_parameter_not_made_yet() -> None:
    assert make(params={"W": Weight(ones, "nO")}).has_param("W") is None


def test_names_come_in_the_order_of_registration_with_the_unset_ones() -> None:
    node = make(
        dims={"z": 1, "a": None}, params={"q": None, "b": None}, refs={"y": None, "x": None}
    )
    assert node.dim_names == ("z", "a")
    assert node.param_names == ("q", "b")
    assert node.ref_names == ("y", "x")
    assert node.grad_names == ()


# --- dims -------------------------------------------------------------------------------------


def test_get_dim_of_an_unknown_name_is_a_key_error_that_names_the_known(
    node: Model[Any, Any],
) -> None:
    with pytest.raises(KeyError, match=r"'test' has no dim 'n0'\n  known: nO, nI$"):
        node.get_dim("n0")


def test_a_name_that_is_nearly_right_is_suggested() -> None:
    with pytest.raises(KeyError, match=r"did you mean 'hidden'\?"):
        make(dims={"hidden": 1}).get_dim("hiden")


def test_get_dim_of_an_unset_dim_is_a_value_error(node: Model[Any, Any]) -> None:
    with pytest.raises(ValueError, match="dim 'nO' of 'test' is not set"):
        node.get_dim("nO")


def test_set_dim_of_an_unknown_name_is_a_key_error(node: Model[Any, Any]) -> None:
    with pytest.raises(KeyError):
        node.set_dim("nX", 1)


def test_set_dim_to_the_same_value_is_always_fine(node: Model[Any, Any]) -> None:
    node.set_dim("nI", 5)
    assert node.get_dim("nI") == 5


def test_a_set_dim_does_not_change_without_force() -> None:
    node = make(dims={"nO": 3})
    with pytest.raises(ValueError, match="Attempt to change dim 'nO' of 'test' from 3 to 4"):
        node.set_dim("nO", 4)
    node.set_dim("nO", 4, force=True)
    assert node.get_dim("nO") == 4


def test_not_even_force_changes_a_dim_under_a_parameter(node: Model[Any, Any]) -> None:
    with pytest.raises(ValueError, match="its parameters are made"):
        node.set_dim("nI", 6, force=True)
    assert node.get_dim("nI") == 5


@pytest.mark.parametrize("name", ["nO", "nothing"])
def test_maybe_get_is_none_for_unset_and_unknown(node: Model[Any, Any], name: str) -> None:
    assert node.maybe_get_dim(name) is None
    assert node.maybe_get_param(name) is None
    assert node.maybe_get_grad(name) is None
    assert node.maybe_get_ref(name) is None


# --- parameters and gradients -----------------------------------------------------------------


@pytest.mark.parametrize("name", ["b", "nothing"])
def test_get_param_of_unset_or_unknown_is_a_key_error(node: Model[Any, Any], name: str) -> None:
    with pytest.raises(KeyError):
        node.get_param(name)


def test_the_error_for_an_unmade_parameter_says_to_initialize(node: Model[Any, Any]) -> None:
    with pytest.raises(CombinetError, match="'b' of 'test' is not made yet") as caught:
        node.get_param("b")
    assert "initialize()" in caught.value.fix


def test_set_param_registers_a_new_name_and_none_unsets(node: Model[Any, Any]) -> None:
    node.set_param("new", np.ones(3, dtype="float32"))
    assert node.has_param("new") is True
    node.set_param("new", None)
    assert node.has_param("new") is None


def test_a_gradient_of_another_shape_does_not_outlive_its_parameter(
    node: Model[Any, Any],
) -> None:
    node.inc_grad("W", np.ones((2, 5), dtype="float32"))
    node.set_param("W", np.zeros((2, 5), dtype="float32"))
    assert node.has_grad("W") is True
    node.set_param("W", np.zeros((3, 5), dtype="float32"))
    assert node.has_grad("W") is False


def test_inc_grad_stores_a_copy_first_and_then_adds_in_place(node: Model[Any, Any]) -> None:
    given = np.ones((2, 5), dtype="float32")
    node.inc_grad("W", given)
    first = node.get_grad("W")
    node.inc_grad("W", given)
    assert node.get_grad("W") is first
    assert (first == 2).all()
    assert (given == 1).all()


def test_inc_grad_refuses_another_shape(node: Model[Any, Any]) -> None:
    node.inc_grad("W", np.ones((2, 5), dtype="float32"))
    with pytest.raises(ValueError, match=r"shape|broadcast"):
        node.inc_grad("W", np.ones((3, 5), dtype="float32"))


def test_inc_grad_needs_no_parameter() -> None:
    node = make()
    node.inc_grad("loose", np.ones(2, dtype="float32"))
    assert node.grad_names == ("loose",)


def test_an_accumulator_is_zeros_at_first_and_the_gradient_after(node: Model[Any, Any]) -> None:
    first = node.accumulator("W")
    assert first.shape == (2, 5)
    assert first.dtype == np.float32
    assert not first.any()
    first += 1
    assert node.accumulator("W") is first
    assert node.get_grad("W") is first


def test_set_grad_replaces(node: Model[Any, Any]) -> None:
    node.inc_grad("W", np.ones((2, 5), dtype="float32"))
    new = np.zeros((2, 5), dtype="float32")
    node.set_grad("W", new)
    assert node.get_grad("W") is new


def test_get_grad_without_one_is_a_key_error(node: Model[Any, Any]) -> None:
    assert node.has_grad("W") is False
    with pytest.raises(KeyError, match="has no gradient 'W'"):
        node.get_grad("W")


# --- references -------------------------------------------------------------------------------


def test_get_ref_of_an_unknown_name_is_a_key_error(node: Model[Any, Any]) -> None:
    with pytest.raises(KeyError):
        node.get_ref("nothing")


def test_get_ref_of_an_unset_one_is_a_value_error(node: Model[Any, Any]) -> None:
    with pytest.raises(ValueError, match="'empty' of 'test' is not set"):
        node.get_ref("empty")


def test_set_ref_takes_nodes_of_the_tree_only() -> None:
    child, stranger = make(), make()
    root = make(layers=[make(layers=[child])])
    root.set_ref("child", child)
    assert root.get_ref("child") is child
    with pytest.raises(
        ValueError, match=r"is not in the tree of 'test'\n  fix:   put it among the layers"
    ):
        root.set_ref("stranger", stranger)
    root.set_ref("child", None)
    assert root.has_ref("child") is None


def test_references_given_to_the_constructor_are_not_checked() -> None:
    stranger = make()
    assert make(refs={"stranger": stranger}).get_ref("stranger") is stranger


# --- the object -------------------------------------------------------------------------------


def test_an_unknown_attribute_cannot_be_set(node: Model[Any, Any]) -> None:
    with pytest.raises(AttributeError):
        node.unknown = 1  # type: ignore[attr-defined]


def test_name_ops_init_and_id_can_be_assigned(node: Model[Any, Any]) -> None:
    node.name, node.id, node.init, node.ops = "renamed", 10**9, None, node.ops
    assert (node.name, node.id, node.init) == ("renamed", 10**9, None)


@pytest.mark.parametrize("name", ["layers", "shims", "attrs", "dim_names", "param_names"])
def test_properties_are_read_only(node: Model[Any, Any], name: str) -> None:
    with pytest.raises(AttributeError):
        setattr(node, name, [])


def test_layers_shims_and_attrs_are_the_live_objects(node: Model[Any, Any]) -> None:
    child, shim = make(), Shim(None)
    node.layers.append(child)
    node.shims.append(shim)
    node.attrs["rate"] = 0.5
    assert node.layers == [child]
    assert node.shims == [shim]
    assert node.attrs == {"rate": 0.5}


def test_containers_given_to_the_constructor_are_copied() -> None:
    dims: dict[str, int | None] = {"nO": 1}
    layers, attrs = [make()], {"a": 1}
    node = make(dims=dims, layers=layers, attrs=attrs)
    dims["nO"], attrs["a"] = 2, 2
    layers.clear()
    assert (node.get_dim("nO"), node.attrs["a"], len(node.layers)) == (1, 1, 1)


def test_two_nodes_share_no_default_container() -> None:
    one, two = make(), make()
    one.attrs["a"] = 1
    one.layers.append(two)
    assert two.attrs == {}
    assert two.layers == []


def test_ids_are_unique_over_threads() -> None:
    made: list[int] = []

    def build() -> None:
        made.extend(make().id for _ in range(300))

    threads = [threading.Thread(target=build) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == len(made) == 2400


def test_ids_increase() -> None:
    assert make().id < make().id


def test_the_first_gradient_of_another_shape_than_the_parameter_is_refused() -> None:
    layer = Linear(3, 2).initialize()
    with pytest.raises(ValueError, match="the gradient of 'b' of 'linear' has another shape"):
        layer.inc_grad("b", np.zeros((4, 3), dtype="float32"))


@pytest.mark.parametrize("size", [3.5, "3", True, [3]])
def test_a_size_that_is_no_whole_number_is_refused(size: Any) -> None:
    with pytest.raises(CombinetError, match=r"dim 'nO' of 'linear' is .*\n.*a whole number"):
        Linear(size, 3)
    with pytest.raises(CombinetError, match="a whole number"):
        Linear(None, 3).set_dim("nO", size)


def test_a_size_may_be_an_integer_of_numpy() -> None:
    model = Linear(np.int64(4), np.uint8(3)).initialize()
    assert [type(model.get_dim(name)) for name in ("nO", "nI")] == [int, int]
    model.to_bytes()


def test_a_size_below_zero_is_refused_in_the_constructor_and_later() -> None:
    with pytest.raises(CombinetError, match="dim 'nO' of 'linear' is -4"):
        Linear(-4, 3)
    layer = Linear(None, 3)
    with pytest.raises(CombinetError, match="dim 'nO' of 'linear' is -1"):
        layer.set_dim("nO", -1)
    assert layer.maybe_get_dim("nO") is None
