"""freeze, scale_gradient, reverse_gradient, clip_gradient: what they make of gradients."""

from __future__ import annotations

import sys
from threading import Thread
from typing import Any

import numpy as np
import pytest

from combinet.chain import chain
from combinet.combinators import (
    clip_gradient,
    freeze,
    noop,
    parallel,
    reverse_gradient,
    scale_gradient,
    tie,
    with_array,
)
from combinet.errors import CombinetError, StructureError
from combinet.layers import Embed, Linear, Relu
from combinet.model import Model
from combinet.optimizers import Adam
from combinet.shims import Shim
from combinet.testing import WrongGradient, assert_is_gradient

from .values import VALUES, floats, in_container, rows_of

X, DY = VALUES["array"], floats(6, 3, seed=1)
every_kind = pytest.mark.parametrize("kind", VALUES)


def _net(kind: str = "array") -> Model[Any, Any]:
    net: Model[Any, Any] = with_array(Relu(5) >> Linear(3))
    return net.initialize(X=VALUES[kind], seed=0)


def _gradients(model: Model[Any, Any]) -> dict[str, Any]:
    return {row.path: row.gradient for row in model.parameters()}


def _input_gradient(model: Model[Any, Any], kind: str) -> Any:
    return rows_of(model.begin_update(VALUES[kind])[1](in_container(kind, DY)))


# --- freeze -----------------------------------------------------------------------------------


@every_kind
def test_a_frozen_layer_passes_the_gradient_on_and_learns_nothing(kind: str) -> None:
    wanted = _input_gradient(_net(kind), kind)
    model = freeze(_net(kind))
    np.testing.assert_array_equal(_input_gradient(model, kind), wanted)
    assert set(_gradients(model).values()) == {None}


def test_nothing_runs_back_through_a_frozen_first_layer() -> None:
    def forward(model: Any, X: Any, is_train: bool) -> Any:
        return X, lambda dY: ran.append("backprop") or dY

    ran: list[str] = []
    model = chain(freeze(Model("first", forward)), Linear(3, 4)).initialize()
    assert model.begin_update(X, need_dX=False)[1](DY) is None
    assert not ran
    assert model.layers[1].has_grad("W")
    model.begin_update(X)[1](DY)
    assert ran == ["backprop"]


def test_an_optimizer_leaves_a_frozen_layer_as_it_is() -> None:
    model = chain(freeze(Linear(5)), Linear(3)).initialize(X=X, seed=0)
    frozen, live = model.layers[0].layers[0], model.layers[1]
    before = frozen.get_param("W").copy(), live.get_param("W").copy()
    model.begin_update(X)[1](DY)
    model.finish_update(Adam(0.1, L2=0.1))
    np.testing.assert_array_equal(frozen.get_param("W"), before[0])
    assert (live.get_param("W") != before[1]).any()


def test_gradients_gathered_elsewhere_stay() -> None:
    layer = Linear(3, 4).initialize(seed=0)
    layer.begin_update(X)[1](DY)
    before = layer.get_grad("W").copy()
    freeze(layer).begin_update(X)[1](DY)
    np.testing.assert_array_equal(layer.get_grad("W"), before)


def test_threads_that_share_a_frozen_layer_leave_it_without_gradients() -> None:
    layer = Linear(3, 4).initialize(seed=0)

    def train() -> None:
        model = freeze(layer)
        for _ in range(300):
            model.begin_update(X)[1](DY)

    threads = [Thread(target=train) for _ in range(4)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert layer.grad_names == ()


def test_gradients_stay_when_a_frozen_backprop_fails() -> None:
    layer = Linear(3, 4).initialize(seed=0)
    layer.begin_update(X)[1](DY)
    with pytest.raises(CombinetError):
        freeze(layer).begin_update(X)[1](DY[:2])
    assert layer.has_grad("W")


def test_a_table_that_is_frozen_in_one_place_learns_in_the_other() -> None:
    table = Embed(4, 10)
    model = chain(freeze(table), tie(Linear(), table, W="E")).initialize(seed=0)
    ids = np.array([1, 2], dtype="int32")
    Y, backprop = model.begin_update(ids)
    backprop(np.ones_like(Y))
    hidden = table.predict(ids)
    np.testing.assert_allclose(table.get_grad("E"), [hidden.sum(axis=0)] * 10, rtol=1e-6)


def test_a_wrapped_module_of_another_framework_is_refused() -> None:
    foreign: Model[Any, Any] = Model("foreign", lambda model, X, is_train: (X, X), shims=[Shim(3)])
    with pytest.raises(StructureError, match="what 'foreign' wraps"):
        freeze(foreign)


# --- scale_gradient and reverse_gradient ------------------------------------------------------


@every_kind
@pytest.mark.parametrize(
    ("wrap", "factor"),
    [
        (lambda net: scale_gradient(net, 0.25), 0.25),
        (lambda net: scale_gradient(net, 0.0), 0.0),
        (reverse_gradient, -1.0),
        (lambda net: reverse_gradient(net, 0.5), -0.5),
    ],
)
def test_the_gradient_of_the_input_is_scaled_and_those_of_parameters_are_not(
    kind: str, wrap: Any, factor: float
) -> None:
    plain, model = _net(kind), wrap(_net(kind))
    wanted = factor * _input_gradient(plain, kind)
    np.testing.assert_allclose(_input_gradient(model, kind), wanted, rtol=1e-6)
    for path, gradient in _gradients(plain).items():
        np.testing.assert_array_equal(gradient, _gradients(model)[path])


def test_what_stands_before_it_learns_so_much_less() -> None:
    plain = chain(Linear(5), Linear(3)).initialize(X=X, seed=0)
    model = chain(Linear(5), scale_gradient(noop(), 0.1), Linear(3)).initialize(X=X, seed=0)
    for layer, twin in ((plain.layers[0], model.layers[0]), (plain.layers[1], model.layers[2])):
        for name in layer.param_names:
            twin.set_param(name, layer.get_param(name))
    for each in (plain, model):
        each.begin_update(X)[1](DY)
    np.testing.assert_allclose(
        model.layers[0].get_grad("W"), 0.1 * plain.layers[0].get_grad("W"), rtol=1e-5
    )
    np.testing.assert_allclose(model.layers[2].get_grad("W"), plain.layers[1].get_grad("W"))


def test_every_item_of_a_tuple_is_scaled() -> None:
    model = scale_gradient(parallel(noop(), noop()), 2.0)
    dXs: Any = model.begin_update((X, DY))[1]((X, DY))
    np.testing.assert_array_equal(dXs[0], 2 * X)
    np.testing.assert_array_equal(dXs[1], 2 * DY)


def test_the_factor_can_be_changed_between_steps() -> None:
    model = scale_gradient(noop(), 1.0)
    model.attrs["factor"] = 3.0
    np.testing.assert_array_equal(model.begin_update(X)[1](X), 3 * X)


def test_ids_and_words_pass_as_they_are() -> None:
    ids = np.array([1, 2], dtype="int32")
    model = scale_gradient(Embed(4, 10), 2.0).initialize(seed=0)
    assert model.begin_update(ids)[1](floats(2, 4)).dtype.kind == "i"
    words: Any = [["a"], ["b", "c"]]
    assert scale_gradient(noop(of="anything"), 2.0).begin_update(words)[1]([]) == []


# --- clip_gradient ----------------------------------------------------------------------------


@every_kind
def test_a_long_gradient_is_cut_to_the_threshold_and_keeps_its_direction(kind: str) -> None:
    wanted = _input_gradient(_net(kind), kind)
    found = _input_gradient(clip_gradient(_net(kind), 0.5), kind)
    assert np.linalg.norm(found) == pytest.approx(0.5, rel=1e-5)
    np.testing.assert_allclose(found, wanted * 0.5 / np.linalg.norm(wanted), rtol=1e-4)


def test_a_short_gradient_stays_as_it_is() -> None:
    wanted = _input_gradient(_net(), "array")
    found = _input_gradient(clip_gradient(_net(), 1e6), "array")
    np.testing.assert_array_equal(found, wanted)


def test_clipping_leaves_the_gradients_of_parameters_exact() -> None:
    plain, model = _net(), clip_gradient(_net(), 1e-3)
    for each in (plain, model):
        each.begin_update(X)[1](DY)
    for path, gradient in _gradients(plain).items():
        np.testing.assert_array_equal(gradient, _gradients(model)[path])


@pytest.mark.parametrize("threshold", [0.0, -1.0, float("nan")])
def test_a_threshold_that_is_not_above_zero_is_refused(threshold: float) -> None:
    with pytest.raises(CombinetError, match="norm above 0"):
        clip_gradient(noop(), threshold)


# --- what they declare ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "model",
    [
        freeze(Relu(3)),
        scale_gradient(Relu(3), 0.3),
        reverse_gradient(Relu(3), 2.0),
        clip_gradient(Relu(3), 0.01),
        scale_gradient(freeze(clip_gradient(Relu(3), 0.01)), 3.0),
    ],
    ids=lambda model: model.name,
)
def test_the_gradient_check_holds_them_to_what_they_declare(model: Model[Any, Any]) -> None:
    assert_is_gradient(model, X)
    model.gradient = "exact"
    with pytest.raises(WrongGradient):
        assert_is_gradient(model, X)


def test_the_gradient_check_sees_that_another_factor_was_declared() -> None:
    model = scale_gradient(Relu(3), 0.3)
    model.attrs["factor"] = 0.4
    with pytest.raises(WrongGradient, match="not what the model declares"):
        assert_is_gradient(model, X)
