"""recompute: the layer's own outputs and gradients, with less kept."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest

from combinet.chain import chain
from combinet.combinators import recompute, with_array
from combinet.layers import Dropout, Linear, Relu
from combinet.model import Model

from .values import VALUES, floats, in_container, rows_of

X = VALUES["array"]


def _gradients(model: Model[Any, Any]) -> dict[str, Any]:
    return {row.path: row.gradient for row in model.parameters()}


def _net() -> Model[Any, Any]:
    return chain(Relu(8), Dropout(0.4), Relu(5, dropout=0.3), Linear(3))


@pytest.mark.parametrize("kind", VALUES)
def test_outputs_and_gradients_are_those_of_the_layer_with_dropout(kind: str) -> None:
    plain = with_array(_net()).initialize(X=VALUES[kind], seed=0)
    wrapped = recompute(with_array(_net())).initialize(X=VALUES[kind], seed=0)
    for step in range(3):  # each with masks of its own
        dY = in_container(kind, floats(6, 3, seed=step))
        results: list[Any] = []
        for model in (plain, wrapped):
            Y, backprop = model.begin_update(VALUES[kind])
            results.append((rows_of(Y), rows_of(backprop(dY))))
        for one, other in zip(*results, strict=True):
            np.testing.assert_array_equal(one, other)
    for path, gradient in _gradients(plain).items():
        np.testing.assert_array_equal(gradient, _gradients(wrapped)[path])


def test_masks_are_drawn_anew_in_the_next_step_as_without_it() -> None:
    model = recompute(Dropout(0.5)).initialize(seed=0)
    first, backprop = model.begin_update(X)
    backprop(X)
    second, _ = model.begin_update(X)
    assert (first != second).any()
    plain = Dropout(0.5).initialize(seed=0)
    for Y in (first, second):
        np.testing.assert_array_equal(Y, plain.begin_update(X)[0])


def test_backprops_in_another_order_find_their_own_masks() -> None:
    model = recompute(Dropout(0.5)).initialize(seed=0)
    runs = [model.begin_update(X) for _ in range(3)]
    for Y, backprop in reversed(runs):
        np.testing.assert_array_equal(backprop(np.ones_like(X)) == 0, Y == 0)
    later, _ = model.begin_update(X)
    assert all((later != Y).any() for Y, _ in runs)


def test_nodes_that_nobody_initialized_draw_the_same_masks_again() -> None:
    model = recompute(Dropout(0.5))
    Y, backprop = model.begin_update(X)
    np.testing.assert_array_equal(backprop(np.ones_like(X)) == 0, Y == 0)


def test_nothing_inside_is_kept_between_forward_and_back() -> None:
    kept: list[weakref.ref[Any]] = []

    def forward(model: Any, X: Any, is_train: bool) -> Any:
        inside = X * 2
        kept.append(weakref.ref(inside))
        return X + 1, lambda dY: dY * inside

    inner: Model[Any, Any] = Model("inner", forward)
    held = inner.begin_update(X)
    gc.collect()
    assert kept[-1]() is not None
    held = recompute(inner).begin_update(X)
    gc.collect()
    assert kept[-1]() is None
    np.testing.assert_array_equal(held[1](X), X * 2 * X)


def test_backprop_runs_the_layer_a_second_time_in_the_same_mode() -> None:
    modes: list[bool] = []

    def forward(model: Any, X: Any, is_train: bool) -> Any:
        modes.append(is_train)
        return X, lambda dY: dY

    model = recompute(Model("inner", forward))
    model.predict(X)
    model.begin_update(X)[1](X)
    model(X, False)[1](X)
    assert modes == [False, True, True, False, False]
