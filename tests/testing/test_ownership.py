"""read_only: nobody writes what is not his own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet.layers.linear import Linear
from combinet.layers.relu import Relu
from combinet.model import Model
from combinet.testing import OwnershipError, read_only

from . import mutants
from .mutants import affine

X = np.ones((3, 4), dtype="float32")


def guarded_step(model: Model[Any, Any]) -> None:
    with read_only():
        _, backprop = model.begin_update(X.copy())
        backprop(X.copy())


def test_outputs_and_gradients_are_read_only_inside_and_writable_after() -> None:
    model = Linear(2, 4).initialize()
    given = X.copy()
    with read_only():
        Y, backprop = model.begin_update(given)
        dY = np.ones((3, 2), dtype="float32")
        dX = backprop(dY)
        for array in (given, Y, dY, dX):
            assert not array.flags.writeable
    for array in (given, Y, dY, dX):
        assert array.flags.writeable


def test_a_view_and_its_array_may_both_pass() -> None:
    model, given = Linear(2, 4).initialize(), X.copy()
    view = given[:2]
    with read_only():
        model.predict(view)
        model.predict(given)
    assert view.flags.writeable
    assert given.flags.writeable


def test_what_was_read_only_before_stays_so() -> None:
    given = X.copy()
    given.flags.writeable = False
    with read_only():
        Linear(2, 4).initialize().predict(given)
    assert not given.flags.writeable


@pytest.mark.parametrize("mutant", [mutants.writes_into_dY, mutants.writes_into_X])
def test_a_write_is_named(mutant: mutants.Backprop) -> None:
    with pytest.raises(OwnershipError, match="the backprop of affine writes into an array"):
        guarded_step(affine(mutant).initialize())


def test_a_write_around_the_flag_is_found_at_the_end() -> None:
    with pytest.raises(OwnershipError, match="the output of affine was written after it had"):
        guarded_step(affine(mutants.writes_around_the_flag).initialize())


def test_with_a_model_only_its_nodes_are_guarded() -> None:
    inside, outside = Linear(2, 4).initialize(), Linear(2, 4).initialize()
    with read_only(inside):
        assert not inside.predict(X.copy()).flags.writeable
        assert outside.predict(X.copy()).flags.writeable


def test_calls_are_as_before_after_an_exception() -> None:
    with pytest.raises(ZeroDivisionError), read_only():
        raise ZeroDivisionError
    assert Relu(2, 4).initialize().predict(X.copy()).flags.writeable


def test_the_option_need_dX_reaches_the_first_layer() -> None:
    asked: list[bool] = []

    def forward(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
        def backprop(dY: Any, *, need_dX: bool = True) -> Any:
            asked.append(need_dX)

        return X, backprop

    model = (Model("first", forward) >> Linear(2, 4)).initialize()
    with read_only():
        _, backprop = model.begin_update(X.copy(), need_dX=False)
        assert backprop(np.ones((3, 2), dtype="float32")) is None
    assert asked == [False]
