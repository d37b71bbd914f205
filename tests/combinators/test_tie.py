"""tie: one array, one gradient, one update, one entry in files."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from combinet.chain import chain
from combinet.combinators import tie
from combinet.errors import DimError, StructureError, UnknownName
from combinet.layers import LSTM, Embed, Linear, Relu, Softmax
from combinet.model import Model
from combinet.optimizers import SGD, Adam
from combinet.testing import assert_is_gradient

from .values import VALUES, floats

IDS = np.array([3, 1, 3], dtype="int32")


def _model() -> tuple[Model[Any, Any], Model[Any, Any], Model[Any, Any]]:
    """A network whose last layer uses the table of its first; the table; the last layer."""
    table = Embed(4, 10)
    head = tie(Linear(), table, W="E")
    model: Model[Any, Any] = chain(table, Relu(4), head)
    return model.initialize(seed=0), table, head


def test_the_layer_computes_with_the_parameter_of_the_owner() -> None:
    _, table, head = _model()
    X = floats(2, 4)
    head.set_param("b", floats(10))
    np.testing.assert_allclose(
        head.predict(X), X @ table.get_param("E").T + head.get_param("b"), rtol=1e-5
    )
    assert head.get_param("W") is table.get_param("E")


def test_the_gradient_is_the_sum_of_those_of_both_places() -> None:
    model, table, head = _model()
    twin = chain(Embed(4, 10), Relu(4), Linear(10)).initialize(seed=0)
    for node, other in zip(twin.layers, model.layers, strict=True):
        for name in node.param_names:
            node.set_param(name, other.get_param(name).copy())
    dY = floats(3, 10)
    for each in (model, twin):
        each.begin_update(IDS)[1](dY)
    summed = twin.layers[0].get_grad("E") + twin.layers[2].get_grad("W")
    np.testing.assert_allclose(table.get_grad("E"), summed, rtol=1e-5, atol=1e-6)
    assert head.get_grad("W") is table.get_grad("E")


def test_the_gradient_check_holds() -> None:
    assert_is_gradient(_model()[0], IDS)


@pytest.mark.parametrize("optimizer", [SGD(0.1, use_averages=False), None], ids=["ours", "plain"])
def test_an_optimizer_makes_one_step(optimizer: Any) -> None:
    keys: list[Any] = []

    def plain(key: Any, weights: Any, gradient: Any) -> Any:
        keys.append(key)
        return weights - 0.1 * gradient, gradient * 0

    model, table, _ = _model()
    model.begin_update(IDS)[1](floats(3, 10) / 30)
    before, gradient = table.get_param("E").copy(), table.get_grad("E").copy()
    model.finish_update(optimizer or plain)
    np.testing.assert_allclose(table.get_param("E"), before - 0.1 * gradient, rtol=1e-5)
    assert len(keys) == len(set(keys))


def test_the_parameter_appears_once_under_the_path_of_its_owner() -> None:
    model, _, _ = _model()
    assert [row.path for row in model.parameters()] == ["0/E", "1/W", "1/b", "2/b"]
    assert sorted(model.to_dict()["tensors"]) == ["0/E", "1/W", "1/b", "2/b"]


def test_both_places_are_filled_from_a_file() -> None:
    model, other = _model()[0], _model()[0]
    other.initialize(seed=9)
    other.from_bytes(model.to_bytes())
    np.testing.assert_array_equal(other.predict(IDS), model.predict(IDS))
    assert other.layers[2].get_param("W") is other.layers[0].get_param("E")


@pytest.mark.parametrize("copied", [lambda m: m.copy(), lambda m: pickle.loads(pickle.dumps(m))])
def test_a_copy_is_tied_to_its_own_owner(copied: Any) -> None:
    model = _model()[0]
    twin = copied(model)
    np.testing.assert_array_equal(twin.predict(IDS), model.predict(IDS))
    table, head = twin.layers[0], twin.layers[2]
    assert head.get_param("W") is table.get_param("E")
    assert table.get_param("E") is not model.layers[0].get_param("E")
    twin.begin_update(IDS)[1](floats(3, 10))
    assert not model.layers[0].has_grad("E")


def test_training_keeps_them_one() -> None:
    model, table, head = _model()
    optimizer = Adam(0.01)
    for _ in range(3):
        Y, backprop = model.begin_update(IDS)
        backprop(Y)
        model.finish_update(optimizer)
    assert head.get_param("W") is table.get_param("E")
    with model.use_params(optimizer.averages or {}):
        assert head.get_param("W") is table.get_param("E")


def test_a_cast_keeps_them_one() -> None:
    model, table, head = _model()
    model.to_dtype("float64")
    assert head.get_param("W") is table.get_param("E")
    assert table.get_param("E").dtype == "float64"


def test_sizes_of_the_shared_array_are_inferred_both_ways() -> None:
    _, _, head = _model()
    assert (head.get_dim("nO"), head.get_dim("nI")) == (10, 4)
    table = Embed()
    model: Model[Any, Any] = chain(table, Relu(4), tie(Linear(7, 4), table, W="E"))
    model.initialize(X=IDS)
    assert table.get_param("E").shape == (7, 4)


def test_sizes_that_contradict_each_other_are_refused() -> None:
    table = Embed(4, 10)
    model: Model[Any, Any] = chain(table, Relu(5), tie(Linear(), table, W="E"))
    with pytest.raises(DimError):
        model.initialize(X=IDS)


def test_the_owner_may_have_any_name_for_it_and_a_head_of_logits_stays_one() -> None:
    table = Embed(4, 10)
    head = tie(Softmax(), table, W="E")
    assert head.gradient == "of logits"
    assert head.name == "softmax"


def test_without_names_all_parameters_of_the_same_name_are_shared() -> None:
    first = Linear(4, 4)
    second = tie(Linear(), first)
    model = chain(first, second).initialize(seed=0)
    assert [row.path for row in model.parameters()] == ["0/W", "0/b"]
    X = VALUES["array"]
    np.testing.assert_array_equal(model.predict(X), first.predict(first.predict(X)))


def test_a_head_by_itself_has_its_owner_with_it() -> None:
    head = tie(Linear(), Embed(4, 10), W="E").initialize(seed=0)
    assert head.predict(floats(2, 4)).shape == (2, 10)
    assert [row.path for row in head.parameters()] == ["b", "0/E"]


def test_the_layer_given_is_left_as_it_was() -> None:
    layer = Linear(10, 4)
    tie(layer, Embed(4, 10), W="E")
    assert layer.param_names == ("W", "b")
    assert layer.layers == []


@pytest.mark.parametrize("names", [{"V": "E"}, {"W": "V"}, {}])
def test_parameters_that_do_not_exist_are_refused(names: dict[str, str]) -> None:
    with pytest.raises(UnknownName, match="no parameter"):
        tie(Linear(), Embed(4, 10), **names)


def test_shapes_that_cannot_be_one_are_refused() -> None:
    with pytest.raises(StructureError, match="other shapes"):
        tie(Linear(), Linear(), W="b")


def test_a_combinator_is_refused() -> None:
    with pytest.raises(StructureError, match="one layer that infers its sizes"):
        tie(Linear() >> Linear(), LSTM(), W="LSTM")
