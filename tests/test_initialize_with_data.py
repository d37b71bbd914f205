"""initialize() where only data can tell a size: Thinc-style layers and combinators."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet.chain import chain
from combinet.combinators.with_array import with_array
from combinet.errors import DimError
from combinet.layers.linear import Linear
from combinet.layers.relu import Relu
from combinet.layers.softmax import Softmax
from combinet.model import Model

from .thinc_style import Visit, composite, init_in_turn, run_all, thinc_layer

X = np.random.default_rng(0).normal(size=(6, 5)).astype("float32")
Y = np.zeros((6, 2), dtype="float32")


def weights(model: Model[Any, Any]) -> list[Any]:
    return [p.weights.copy() for p in model.parameters()]


def same(one: list[Any], two: list[Any]) -> bool:
    return len(one) == len(two) > 0 and all(map(np.array_equal, one, two))


def test_an_opaque_layer_gets_the_data_that_reaches_it_once() -> None:
    log: list[Visit] = []
    model = chain(Relu(4), thinc_layer(log, nO=3), Linear(2)).initialize(X=X)
    assert log == [("opaque", (6, 4), (1, 3))]
    assert model.layers[2].get_dim("nI") == 3
    assert model.predict(X).shape == (6, 2)


def test_an_opaque_layer_without_data_is_called_without() -> None:
    log: list[Visit] = []
    model = thinc_layer(log, nO=3, nI=5).initialize()
    assert log == [("opaque", None, None)]
    assert model.get_param("W").shape == (3, 5)


def test_an_opaque_layer_alone_gets_X_and_Y_as_given() -> None:
    log: list[Visit] = []
    thinc_layer(log).initialize(X=X, Y=Y)
    assert log == [("opaque", (6, 5), (6, 2))]


def test_an_opaque_layer_at_the_end_of_a_chain_learns_the_width_of_Y() -> None:
    log: list[Visit] = []
    model = chain(Relu(4), thinc_layer(log)).initialize(X=X, Y=Y)
    assert model.layers[1].get_param("W").shape == (2, 4)
    assert len(log) == 1


def test_an_opaque_layer_learns_its_width_from_the_layer_behind_it() -> None:
    model = chain(thinc_layer([]), Linear(2, 7)).initialize(X=X)
    assert model.layers[0].get_dim("nO") == 7


def test_layers_behind_an_opaque_one_are_sized_by_what_it_gives() -> None:
    model = chain(thinc_layer([], nO=3), Relu(8), thinc_layer([], nO=2), Softmax()).initialize(
        X=X, Y=np.array([0, 3])
    )
    assert [p.weights.shape for p in model.parameters()] == [
        (3, 5),
        (8, 3),
        (8,),
        (2, 8),
        (4, 2),
        (4,),
    ]


def test_an_opaque_layer_inside_with_array_sees_rows() -> None:
    log: list[Visit] = []
    with_array(chain(Relu(4), thinc_layer(log, nO=3))).initialize(X=[X, X[:2]])
    assert log[0][1] == (8, 4)
    assert len(log) == 1


def test_a_composite_may_initialize_its_layers_itself() -> None:
    log: list[Visit] = []
    model = composite(Relu(4), thinc_layer(log), init=init_in_turn).initialize(X=X, Y=Y)
    assert log == [("opaque", (6, 4), (6, 2))]
    assert model.predict(X).shape == (6, 2)


def test_composites_nest_and_every_layer_is_initialized_once() -> None:
    log: list[Visit] = []
    inner = composite(Relu(4), thinc_layer(log, "a", 3), init=init_in_turn)
    outer = composite(thinc_layer(log, "b", 6), inner, Linear(2), init=init_in_turn)
    chain(Relu(7), outer, Softmax(3)).initialize(X=X)
    assert [(name, x) for name, x, _ in log] == [("b", (6, 7)), ("a", (6, 4))]


def test_a_layer_initialized_without_data_can_be_once_more_with_it() -> None:
    visits: list[Any] = []

    def note(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
        visits.append(None if X is None else X.shape)

    def init_twice(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
        model.layers[0].initialize()
        model.layers[0].initialize(X=X)

    layer = Model("layer", run_all, init=note)
    composite(layer, init=init_twice).initialize(X=X)
    assert visits == [None, (6, 5)]


def test_nested_initializations_use_the_seed_of_the_root() -> None:
    def made(seed: int) -> list[Any]:
        model = composite(Relu(4), Linear(2), init=init_in_turn)
        return weights(chain(Relu(3), model).initialize(X=X, seed=seed))

    assert same(made(1), made(1))
    assert not np.array_equal(made(1)[2], made(2)[2])


def test_a_composite_without_init_or_rule_is_sized_by_running_it() -> None:
    model = chain(Relu(3), composite(Relu(4), Linear(2)), Softmax(3)).initialize(X=X)
    assert model.layers[1].layers[0].get_dim("nI") == 3
    assert model.layers[2].get_dim("nI") == 2


def test_an_open_size_that_running_does_not_tell_is_an_error_with_the_path() -> None:
    with pytest.raises(DimError, match=r"open: 1/nO \(linear\)"):
        composite(Relu(4), Linear()).initialize(X=X)


def test_a_model_of_another_tree_initialized_by_an_init_is_a_root_of_its_own() -> None:
    other = Linear(2, 5)

    def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
        other.initialize(seed=3)

    chain(Model("m", run_all, init=init), Linear(2, 5)).initialize(X=X, seed=1)
    assert same(weights(other), weights(Linear(2, 5).initialize(seed=3)))
