"""noop, the identity, and clone, a layer several times."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet.chain import chain
from combinet.combinators import clone, noop
from combinet.errors import StructureError
from combinet.layers import Linear, Relu, Softmax

from .values import VALUES, floats


@pytest.mark.parametrize("value", [*VALUES.values(), "words", None, []], ids=str)
def test_noop_gives_back_the_very_thing(value: Any) -> None:
    Y, backprop = noop(of="anything").begin_update(value)
    assert Y is value
    assert backprop(value) is value


def test_the_children_of_noop_are_kept_and_never_initialized() -> None:
    child = Linear()
    model = noop(child).initialize(X=floats(2, 3))
    assert model.layers == [child]
    assert child.has_param("W") is None
    assert child.has_dim("nI") is None


def test_widths_flow_through_noop_both_ways() -> None:
    model = chain(noop(), Linear(), noop(), Softmax(2, 5)).initialize(X=floats(2, 3))
    assert [model.layers[1].get_dim(name) for name in ("nI", "nO")] == [3, 5]


def test_clones_are_chained_and_have_weights_of_their_own() -> None:
    model = clone(Relu(4, 4), 3).initialize(seed=0)
    first, second, third = (layer.get_param("W") for layer in model.layers)
    assert model.name == "relu>>relu>>relu"
    assert not np.array_equal(first, second)
    assert not np.array_equal(second, third)


def test_the_original_is_the_first_of_its_clones() -> None:
    layer = Relu(4, 4)
    assert (layer**2).layers[0] is layer


def test_clones_of_an_open_layer_are_sized_each_for_itself() -> None:
    model = (clone(Linear(4), 2) >> Softmax()).initialize(X=floats(2, 3), Y=floats(2, 5))
    assert [layer.get_dim("nI") for layer in model.layers[0].layers] == [3, 4]


def test_cloning_leaves_the_layer_as_it_was() -> None:
    layer = Linear(4)
    clone(layer, 3)
    assert layer.has_dim("nI") is None
    assert not layer.layers


def test_no_clone_is_noop_and_one_is_the_layer() -> None:
    layer = Linear(4, 4)
    assert (layer**0).name == "noop"
    assert clone(layer, 1) is layer


@pytest.mark.parametrize("n", [-1, 1.5, "2", None, True])
def test_another_number_of_clones_is_refused(n: Any) -> None:
    with pytest.raises(StructureError, match="whole number of layers"):
        clone(Linear(4, 4), n)
