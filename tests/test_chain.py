"""chain: composition is associative, in outputs, gradients, paths and weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet.chain import chain
from combinet.combinators.with_array import with_array
from combinet.layers.linear import Linear
from combinet.layers.relu import Relu
from combinet.model import Model
from combinet.paths import node_paths
from combinet.testing import assert_is_gradient

X = np.random.default_rng(0).normal(size=(6, 5)).astype("float32")
dY = np.random.default_rng(1).normal(size=(6, 2)).astype("float32")


def leaves() -> list[Model[Any, Any]]:
    return [Relu(4), Relu(3), Linear(2)]


def left() -> Model[Any, Any]:
    a, b, c = leaves()
    return (a >> b) >> c


def right() -> Model[Any, Any]:
    a, b, c = leaves()
    return a >> (b >> c)


def flat() -> Model[Any, Any]:
    return chain(*leaves())


FORMS = pytest.mark.parametrize("form", [left, right, flat])


@FORMS
def test_a_chain_composes_left_to_right(form: Any) -> None:
    model = form().initialize(X=X)
    expected = X
    for name in ("0", "1", "2"):
        W, b = (
            next(p.weights for p in model.parameters() if p.path == f"{name}/{x}") for x in "Wb"
        )
        expected = expected @ W.T + b
        expected = np.maximum(expected, 0) if name != "2" else expected
    assert np.allclose(model.predict(X), expected, atol=1e-6)


@FORMS
def test_leaves_have_the_same_paths_and_weights_however_they_are_nested(form: Any) -> None:
    model, reference = form().initialize(X=X, seed=7), flat().initialize(X=X, seed=7)
    ours = {p.path: p.weights for p in model.parameters()}
    theirs = {p.path: p.weights for p in reference.parameters()}
    assert list(ours) == ["0/W", "0/b", "1/W", "1/b", "2/W", "2/b"]
    assert all(np.array_equal(ours[path], theirs[path]) for path in theirs)


@FORMS
def test_outputs_and_gradients_are_the_same_however_they_are_nested(form: Any) -> None:
    model, reference = form().initialize(X=X, seed=7), flat().initialize(X=X, seed=7)
    (Y, backprop), (Z, backprop_reference) = model.begin_update(X), reference.begin_update(X)
    assert np.array_equal(Y, Z)
    assert np.array_equal(backprop(dY), backprop_reference(dY))
    for one, two in zip(model.parameters(), reference.parameters(), strict=True):
        assert np.array_equal(one.gradient, two.gradient)  # type: ignore[arg-type]


@FORMS
def test_each_form_loads_the_file_of_each_other(form: Any) -> None:
    saved = left().initialize(X=X, seed=1)
    model = form().initialize(X=X, seed=2)
    model.from_bytes(saved.to_bytes())
    assert np.array_equal(model.predict(X), saved.predict(X))


@FORMS
def test_the_gradient_is_exact(form: Any) -> None:
    assert_is_gradient(form(), X)


def test_objects_nest_as_they_were_written() -> None:
    model = left()
    assert [layer.name for layer in model.layers] == ["relu>>relu", "linear"]


def test_chains_inside_other_combinators_count_from_there() -> None:
    model = Relu(4) >> with_array((Relu(3) >> Linear(2)) >> Linear(1))
    assert sorted(node_paths(model).values()) == [
        "",
        "0",
        "1",
        "1.0",
        "1.0",
        "1.0.0",
        "1.0.1",
        "1.0.2",
    ]


def test_a_layer_may_stand_twice_and_its_gradients_add_up() -> None:
    shared = Linear(5, 5)
    assert_is_gradient(shared >> Relu(5) >> shared, X)


def test_a_chain_mirrors_the_widths_of_its_ends() -> None:
    model = Linear(3, 5) >> Linear(2, 3)
    assert (model.get_dim("nI"), model.get_dim("nO")) == (5, 2)


def test_a_chain_is_initialized_layer_by_layer_once() -> None:
    visits: list[tuple[int, ...]] = []

    def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
        visits.append(X.shape)

    def forward(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
        return X, lambda dY: dY

    (Linear(3) >> Model("opaque", forward, init=init) >> Linear(2)).initialize(X=X)
    assert visits == [(6, 3)]


@pytest.mark.parametrize("layers", [(), (Linear(),)])
def test_fewer_than_two_layers_are_an_error(layers: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match=f"two layers or more, got {len(layers)}"):
        chain(*layers)


def test_a_constructor_that_was_not_called_is_named() -> None:
    with pytest.raises(TypeError, match=r"got function Relu\n.*call it: Relu\(\)"):
        Linear(3) >> Relu  # type: ignore[operator]


def test_what_is_no_model_is_named() -> None:
    with pytest.raises(TypeError, match=r"chain\(\) composes models, got int 3"):
        chain(Linear(), 3)  # type: ignore[call-overload]


def test_chain_leaves_its_arguments_as_they_were() -> None:
    inner = Relu(4) >> Relu(3)
    chain(inner, Linear(2))
    assert [layer.name for layer in inner.layers] == ["relu", "relu"]
    assert inner.get_dim("nO") == 3


def test_a_long_chain_works() -> None:
    model: Model[Any, Any] = Linear(5)
    for _ in range(150):
        model = model >> Linear(5)
    model.initialize(X=X)
    Y, backprop = model.begin_update(X)
    assert backprop(Y).shape == X.shape
    assert len(list(model.parameters())) == 302


def test_a_chain_that_lost_its_layers_is_the_identity() -> None:
    model = flat().initialize(X=X)
    model.layers.clear()
    Y, backprop = model.begin_update(X)
    assert Y is X
    assert backprop(dY) is dY
    assert model.begin_update(X, need_dX=False)[1](dY) is None
