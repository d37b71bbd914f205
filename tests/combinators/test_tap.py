"""tap: activations and gradients, read by name or by a function."""

from __future__ import annotations

from threading import Thread
from typing import Any

import numpy as np

from combinet.chain import chain
from combinet.combinators import tap, tapped
from combinet.layers import Linear, Relu
from combinet.model import Model

from .values import VALUES, floats

X, DY = VALUES["array"], floats(6, 3, seed=1)


def _net(to: Any) -> Model[Any, Any]:
    return chain(tap(Relu(5), to), Linear(3)).initialize(X=X, seed=0)


def test_a_block_finds_outputs_and_gradients_by_name() -> None:
    model = _net("hidden")
    with tapped() as seen:
        model.begin_update(X)[1](DY)
        model.predict(X)
    hidden, linear = model.layers[0].layers[0], model.layers[1]
    assert [len(seen["hidden"].outputs), len(seen["hidden"].gradients)] == [2, 1]
    np.testing.assert_array_equal(seen["hidden"].outputs[0], hidden.predict(X))
    np.testing.assert_allclose(seen["hidden"].gradients[0], DY @ linear.get_param("W"), rtol=1e-6)


def test_outside_of_a_block_nothing_is_kept() -> None:
    model = _net("hidden")
    model.predict(X)
    with tapped() as seen:
        pass
    model.predict(X)
    assert seen == {}


def test_blocks_nest_and_the_inner_one_listens() -> None:
    model = _net("hidden")
    with tapped() as outer:
        with tapped() as inner:
            model.predict(X)
        assert (list(outer), list(inner)) == ([], ["hidden"])
        model.predict(X)
    assert len(outer["hidden"].outputs) == 1


def test_a_block_hears_nothing_of_other_threads() -> None:
    model = _net("hidden")
    with tapped() as seen:
        thread = Thread(target=model.predict, args=(X,))
        thread.start()
        thread.join()
    assert seen == {}


def test_a_function_is_called_in_both_directions() -> None:
    heard: list[tuple[str, Any]] = []
    model = _net(lambda kind, value: heard.append((kind, value.shape)))
    model.begin_update(X)[1](DY)
    assert heard == [("output", (6, 5)), ("gradient", (6, 5))]


def test_several_taps_are_told_apart() -> None:
    model = chain(tap(Linear(5), "a"), tap(Linear(3), "b")).initialize(X=X)
    with tapped() as seen:
        model.predict(X)
    assert {name: found.outputs[0].shape for name, found in seen.items()} == {
        "a": (6, 5),
        "b": (6, 3),
    }


def test_it_changes_neither_outputs_nor_gradients() -> None:
    plain = chain(Relu(5), Linear(3)).initialize(X=X, seed=0)
    Y, backprop = _net("hidden").begin_update(X)
    wanted, backprop_plain = plain.begin_update(X)
    np.testing.assert_array_equal(Y, wanted)
    np.testing.assert_array_equal(backprop(DY), backprop_plain(DY))
