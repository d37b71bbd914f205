"""Loads and saves that refuse whatever does not fit, and change nothing."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from combinet.chain import chain
from combinet.errors import CombinetError, LoadError, SaveError
from combinet.layers.dropout import Dropout
from combinet.layers.linear import Linear
from combinet.layers.relu import Relu
from combinet.model import Model
from combinet.serialize import differences
from combinet.shims import Shim
from tests.serialize.nets import (
    ArrayShim,
    Net,
    layers,
    net,
    same,
    shimmed,
    state,
    trained,
    wrapper,
)


def refused(model: Net, message: Any) -> str:
    """The error, after checking that nothing was changed and that ``differences`` foresaw it."""
    before = state(model)
    assert differences(model, message, strict=False)
    assert not model.can_from_dict(message, strict=False)
    with pytest.raises(LoadError) as caught:
        model.from_dict(message)
    assert state(model) == before
    return str(caught.value)


def test_a_file_that_lacks_W_is_refused_by_name() -> None:
    message = trained(net()).to_dict()
    del message["tensors"]["1/W"]
    assert "1/W: missing in the file" in refused(trained(net(), 2), message)


def test_a_node_that_lacks_W_is_refused_by_name() -> None:
    message = trained(net()).to_dict()
    del message["tensors"]["1/W"], message["nodes"]["1"]["params"]["W"]
    text = refused(trained(net(), 2), message)
    assert "1 (relu): parameter 'W' is missing in the file" in text


def test_W_of_a_wrong_shape_is_refused_at_load() -> None:
    message = trained(net()).to_dict()
    message["tensors"]["1/W"] = np.zeros((5, 7), "float32")
    text = refused(trained(net(), 2), message)
    assert "1/W: shape (5, 4) here, (5, 7) in the file" in text


def test_W_of_a_wrong_shape_is_refused_by_a_model_without_weights() -> None:
    message = trained(net()).to_dict()
    message["tensors"]["1/W"] = np.zeros((5, 7), "float32")
    message["nodes"]["1"]["params"]["W"] = [5, 7]
    assert "1/W: shape (5, 4) here, (5, 7) in the file" in refused(net(), message)


def test_W_of_another_kind_of_number_is_refused() -> None:
    message = trained(net()).to_dict()
    message["tensors"]["1/W"] = message["tensors"]["1/W"].astype("float64")
    assert "1/W: float32 here, float64 in the file" in refused(trained(net()), message)
    message["tensors"]["1/W"] = message["tensors"]["1/W"].astype("int32")
    assert "1/W: floats here, int32 in the file" in refused(net(), message)


def test_all_differences_are_listed_at_once() -> None:
    message = trained(net()).to_dict()
    del message["tensors"]["0/b"]
    message["tensors"]["1/W"] = np.zeros((5, 7), "float32")
    message["tensors"]["7/W"] = np.zeros(1, "float32")
    message["tensors"]["2/b"] = np.zeros(2, "float64")
    text = refused(trained(net(), 2), message)
    assert "5 differences" in text
    parts = "0/b: missing", "1/W: shape", "1/W: [5, 4] by", "7/W: unexpected", "2/b: float32 here"
    for part in parts:
        assert part in text


def test_conflicting_sizes_are_listed_with_both_sides() -> None:
    text = refused(chain(Relu(4), Relu(7), Linear(2)), trained(net()).to_dict())
    assert "1 (relu): dim nO is 7 here, 5 in the file" in text


def test_a_layer_of_another_kind_is_refused() -> None:
    text = refused(chain(Relu(4), Linear(5), Linear(2)), trained(net()).to_dict())
    assert "1 (linear): name 'linear' here, 'relu' in the file" in text


def test_fewer_and_more_layers_are_refused() -> None:
    shorter, longer = chain(Relu(4), Relu(5)), chain(net(), Linear(2))
    assert "2 (linear): unexpected in the file" in refused(shorter, trained(net()).to_dict())
    assert "3 (linear): missing in the file" in refused(longer, trained(net()).to_dict())


def test_attributes_on_one_side_only_are_refused() -> None:
    here, there = Dropout(0.5), Dropout(0.5)
    here.attrs["mine"], there.attrs["theirs"] = 1, 2
    text = refused(here, there.to_dict())
    assert "attribute 'mine' is missing in the file" in text
    assert "attribute 'theirs' of the file is unexpected" in text


def test_attributes_of_an_inner_chain_are_not_lost_silently() -> None:
    a, b, c = layers()
    grouped = trained(a >> (b >> c))
    grouped.layers[1].attrs["labels"] = ["x"]
    text = refused(net(), grouped.to_dict())
    assert "[1:3] (relu>>linear): unexpected in the file" in text
    assert "its attributes are missing" in refused(grouped, trained(net()).to_dict())


def test_a_shim_with_other_tensors_is_refused() -> None:
    message = shimmed(1.0).to_dict()
    other = shimmed(2.0)
    other.shims[0]._model["weight"] = np.zeros((9, 3), "float32")
    other.shims[0]._model["bias"] = np.zeros(3, "float32")
    text = refused(other, message)
    assert "shim.0/weight: shape (9, 3) here, (2, 3) in the file" in text
    assert "'bias' is missing in the file" in text
    assert "0 shims here, 1 in the file" in refused(Model("foreign", same), message)


def test_a_shim_that_fails_to_load_leaves_everything_as_it_was() -> None:
    first, second = shimmed(1.0), shimmed(1.0)
    model = trained(chain(Relu(3, 3), first, second), 2)
    message = trained(chain(Relu(3, 3), shimmed(5.0), shimmed(6.0))).to_dict()
    loads: list[Any] = []

    class Fails(ArrayShim):
        def load_tensors(self, tensors: Any) -> None:
            loads.append(first.shims[0].tensors()["weight"][0, 0])
            if len(loads) == 1:
                raise RuntimeError("out of memory")
            super().load_tensors(tensors)

    second.shims[0] = Fails(second.shims[0]._model)
    before = state(model)
    with pytest.raises(RuntimeError, match="out of memory"):
        model.from_dict(message)
    assert loads[0] == 5.0  # the first shim was loaded already when the second failed
    assert state(model) == before


def test_sizes_that_contradict_each_other_leave_everything_as_it_was() -> None:
    message = chain(Linear(4, 3), Linear(2, 4)).to_dict()
    message["nodes"]["1"]["dims"]["nI"] = 5
    model = chain(Linear(), Linear())
    before = state(model)
    with pytest.raises(LoadError, match="the layers do not fit together"):
        model.from_dict(message)
    assert state(model) == before


@pytest.mark.parametrize("version", [0, 3, None, "1", True, 1.0])
def test_another_version_of_the_format_is_refused(version: Any) -> None:
    message = {**trained(net()).to_dict(), "format": version}
    assert "this combinet reads 1 to 2" in refused(net(), message)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda m: m.pop("nodes"),
        lambda m: m.update(more=1),
        lambda m: m.update(nodes=[]),
        lambda m: m["nodes"].update({"0": None}),
        lambda m: m["nodes"]["0"].pop("draws"),
        lambda m: m["nodes"]["0"].update(key="x"),
        lambda m: m["nodes"]["0"].update(key=-1),
        lambda m: m["nodes"]["0"].update(key=2**64),
        lambda m: m["nodes"]["0"].update(draws=-1),
        lambda m: m["nodes"]["0"].update(draws=None),
        lambda m: m["nodes"]["0"].update(draws=True),
        lambda m: m["nodes"]["0"].update(dims={"nO": "4"}),
        lambda m: m["nodes"]["0"].update(dims={"nO": -4}),
        lambda m: m["nodes"]["0"].update(refs={"a": ["0"]}),
        lambda m: m["nodes"]["0"].update(shims=[1]),
        lambda m: m["nodes"]["0"].update(shims=[{"config": 1, "tensors": [[]]}]),
        lambda m: m["nodes"]["0"]["params"].update(W="big"),
        lambda m: m["nodes"]["0"]["params"].update(W=[1, 2, 3]),
        lambda m: m["nodes"]["0"]["attrs"].update(x={"!tuple": 1}),
    ],
)
def test_a_message_of_another_form_is_refused(spoil: Callable[[Any], Any]) -> None:
    message = trained(net()).to_dict()
    spoil(message)
    refused(trained(net(), 2), message)


def test_strict_comparison_looks_at_names_and_attributes_too() -> None:
    here, there = Dropout(0.1), Dropout(0.5)
    assert here.can_from_dict(there.to_dict(), strict=False)
    assert not here.can_from_dict(there.to_dict())
    assert here.can_from_dict(Dropout(0.1).to_dict())
    combined, renamed = net(), net()
    renamed.name = "tagger"
    assert combined.can_from_dict(renamed.to_dict(), strict=False)
    assert not combined.can_from_dict(renamed.to_dict())


def test_strict_comparison_looks_into_array_attributes() -> None:
    def table(value: int) -> Net:
        return Model("table", same, attrs={"rows": np.full(3, value)})

    assert table(1).can_from_dict(table(1).to_dict())
    assert not table(1).can_from_dict(table(2).to_dict())
    assert table(1).can_from_dict(table(2).to_dict(), strict=False)


def test_a_shim_that_cannot_be_saved_is_refused_with_its_path() -> None:
    model = chain(Linear(2, 2), Model("foreign", same, shims=[Shim(None)]))
    with pytest.raises(SaveError, match=r"(?s)'foreign' cannot be saved.*path: 1/shim.0"):
        model.to_bytes()


def test_two_arrays_of_one_name_are_refused_at_save() -> None:
    model = chain(Linear(2, 3), Linear(2, 2))
    model.set_param("0/W", np.zeros(1, "float32"))
    with pytest.raises(SaveError, match="two arrays would be called '0/W'"):
        trained(model).to_bytes()


def test_a_parameter_of_a_kind_that_no_file_holds_is_refused_at_save() -> None:
    model = Model("odd", same, params={"W": np.zeros(2, "complex128")})
    with pytest.raises(SaveError, match="complex128"):
        model.to_bytes()


def test_a_wrapper_with_parameters_is_refused_at_save() -> None:
    model = wrapper(Linear(2, 3))
    model.set_param("scale", np.ones(1, "float32"))
    with pytest.raises(SaveError, match="takes no place in paths"):
        model.to_bytes()


def test_a_wrapper_around_two_layers_is_refused_at_save() -> None:
    model = wrapper(Linear(2, 3))
    model.layers.append(Linear(2, 3))
    with pytest.raises(SaveError, match="two layers stand at one place"):
        model.to_bytes()


def test_the_errors_are_combinet_errors_and_pickle() -> None:
    with pytest.raises(CombinetError) as caught:
        net().from_bytes(b"nonsense")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
