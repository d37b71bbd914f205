"""No plan outlives what it was made of, and errors are those of the layers themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from combinet import (
    Dish,
    Gelu,
    Linear,
    Maxout,
    Mish,
    Model,
    Ops,
    Ragged,
    Relu,
    Swish,
    chain,
    expand_window,
    freeze,
    fusion,
    recompute,
    residual,
)
from combinet.describe import FlopsOf
from combinet.errors import BackpropError, ShapeError
from tests.fused import (
    AnyNet,
    encoder,
    mlp,
    rows,
    run,
)


def _replace(model: AnyNet) -> None:
    model.layers[0] = Relu(5, 4).initialize(seed=5)


def _wrap(wrapper: Callable[[AnyNet], AnyNet]) -> Callable[[AnyNet], None]:
    def edit(model: AnyNet) -> None:
        model.layers[2] = wrapper(model.layers[2])

    return edit


def _set_weight(model: AnyNet) -> None:
    model.layers[0].set_param("W", np.ones((5, 4), "f"))


def _reference(model: AnyNet) -> None:
    for node in model.walk():
        node.ops = Ops()


EDITS: dict[str, Callable[[AnyNet], object]] = {
    "a layer is replaced": _replace,
    "a layer is taken out": lambda m: m.remove_node(m.layers[1]),
    "a layer is put in": lambda m: m.layers.insert(2, Linear(5, 5).initialize(seed=2)),
    "the rate changes": lambda m: m.layers[1].attrs.update(dropout_rate=0.9),
    "dropout is switched off": lambda m: m.layers[1].attrs.update(is_enabled=False),
    "dropout drops all": lambda m: m.layers[1].attrs.update(dropout_rate=1.0),
    "the temperature changes": lambda m: m.layers[3].attrs.update(softmax_temperature=3.0),
    "a layer is frozen": _wrap(freeze),
    "a layer is recomputed": _wrap(recompute),
    "a weight is set": _set_weight,
    "a weight is changed in place": lambda m: m.layers[0].get_param("W").__imul__(2),
    "all become float64": lambda m: m.to_dtype("float64"),
    "weights are loaded": lambda m: m.from_bytes(mlp(0.0).initialize(seed=9).to_bytes()),
    "it is initialized anew": lambda m: m.initialize(seed=7),
    "another backend is set": _reference,
    "gradients are made anew": lambda m: m.layers[0].set_grad("W", np.ones((5, 4), "f")),
}


@pytest.mark.parametrize("edit", EDITS)
def test_no_plan_survives_when(edit: str) -> None:
    model, X = mlp(), rows()
    run(model, X)
    EDITS[edit](model)
    twin = mlp()
    with fusion(False):
        run(twin, X)
        EDITS[edit](twin)
        expected = run(twin, X)
    for one, other in zip(run(model, X), expected, strict=True):
        np.testing.assert_allclose(one, other, 1e-5, 1e-6)


def test_no_plan_survives_other_parameters() -> None:
    model, X = mlp(), rows()
    params = {(n.id, name): n.get_param(name) * 0 for n in model.walk() for name in n.param_names}
    before = model.predict(X)
    with model.use_params(params):
        np.testing.assert_array_equal(model.predict(X), np.full((5, 2), 0.5))
    np.testing.assert_array_equal(model.predict(X), before)


def test_a_plan_is_kept_while_other_models_change() -> None:
    model, X = mlp(), rows()
    model.predict(X)
    plan = model._plan
    Linear(2, 2).initialize()
    model.predict(X)
    assert model._plan is plan


@pytest.mark.parametrize("bad", [rows(3, 7), rows()[0], [[1.0]], rows().astype("int32")])
def test_an_error_of_the_input_is_the_same(bad: Any) -> None:
    assert_same_error(chain(mlp(), Linear(2, 2).initialize()), bad)
    assert_same_error(encoder(), bad)
    assert_same_error(encoder(), Ragged(rows(3, 7), [3]))


def assert_same_error(model: AnyNet, X: Any) -> None:
    with pytest.raises(Exception) as fused:
        model.predict(X)
    with fusion(False), pytest.raises(Exception) as alone:
        model.predict(X)
    assert type(fused.value) is type(alone.value)
    assert str(fused.value) == str(alone.value)


def test_an_error_names_the_layer_by_its_path() -> None:
    with pytest.raises(ShapeError, match=r"relu \(path 0\)"):
        mlp().predict(rows(3, 7))


@pytest.mark.parametrize("bad", [rows(5, 3), rows(4, 2), None])
def test_an_error_of_the_gradient_is_the_same(bad: Any) -> None:
    texts: list[str] = []
    for enabled in (True, False):
        with fusion(enabled), pytest.raises(BackpropError) as caught:
            mlp().begin_update(rows())[1](bad)
        texts.append(str(caught.value))
    assert texts[0] == texts[1]


def test_layers_that_do_not_fit_say_so_as_ever() -> None:
    model = chain(Relu(5, 4), Linear(3, 5)).initialize(seed=0)
    model.predict(rows())
    model.layers[1].set_param("W", np.ones((3, 6), "f"))
    assert_same_error(model, rows())


def test_a_residual_that_does_not_fit_says_so_as_ever() -> None:
    for layer in (Maxout(3, 4), Maxout(1, 4), chain(Maxout(4, 4), expand_window(1))):
        assert_same_error(residual(layer.initialize()), rows())


@dataclass
class Halved:
    """A forward function that cannot be hashed: it is equal to others of its kind."""

    by: float

    def __call__(self, model: AnyNet, X: Any, is_train: bool) -> Any:
        return X / self.by, lambda dY: dY / self.by


def test_a_forward_that_cannot_be_hashed_runs_among_the_others() -> None:
    model = chain(Relu(5, 4), Model("halved", Halved(2.0)), Linear(3, 5)).initialize(seed=0)
    expected = run(model, rows())
    assert "halved" in model.summary(fused=True)
    assert str(FlopsOf(model).total).endswith("?")
    with fusion(False):
        for one, other in zip(run(model, rows())[:2], expected, strict=False):
            np.testing.assert_allclose(one, other, 1e-5, 1e-6)


@pytest.mark.parametrize("make", [Relu, Gelu, Swish, Mish, Dish, Linear])
def test_sums_that_overflow_give_fused_what_they_give_one_by_one(make: Any) -> None:
    model = make(1, 1).initialize()
    model.get_param("W")[:] = 10
    X = np.array([[-3e38], [3e38], [np.nan]], dtype="float32")
    results: list[Any] = []
    for enabled in (True, False):
        with fusion(enabled), np.errstate(all="ignore"):
            Y, backprop = model.begin_update(X)
            results.append((Y, backprop(np.ones_like(Y))))
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one, other, 1e-5, 1e-6)
