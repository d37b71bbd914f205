"""select and named: dicts in, dicts out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet.chain import chain
from combinet.combinators import named, noop, select, tuplify
from combinet.errors import BackpropError, DTypeError, StructureError, UnknownName
from combinet.layers import Embed, Linear, Relu, strings2arrays
from combinet.testing import assert_is_gradient

from .values import VALUES, floats

X, OTHER = VALUES["array"], floats(6, 2, seed=1)
ENTRIES = {"a": X, "b": OTHER}


def test_select_takes_an_entry_and_gives_the_others_zeros() -> None:
    Y, backprop = select("b").begin_update(ENTRIES)
    np.testing.assert_array_equal(Y, OTHER)
    dX = backprop(Y)
    assert list(dX) == ["a", "b"]
    assert not dX["a"].any()
    assert dX["a"].shape == X.shape
    np.testing.assert_array_equal(dX["b"], OTHER)


def test_select_takes_an_item_of_a_tuple_by_its_place() -> None:
    Y, backprop = select(0).begin_update((X, VALUES["Ragged"], VALUES["list"]))
    dX = backprop(Y)
    np.testing.assert_array_equal(dX[0], X)
    assert not dX[1].data.any()
    assert [part.any() for part in dX[2]] == [False] * 3


def test_words_that_were_not_selected_have_no_gradient() -> None:
    _, backprop = select("a").begin_update({"a": X, "words": [["b"], ["c"]]})
    assert backprop(X)["words"] == []


def test_the_width_of_an_item_of_a_tuple_is_known_without_data() -> None:
    model = chain(tuplify(Linear(3), Linear(5)), select(1), Linear(2))
    model.initialize(X=X)
    assert model.layers[2].get_dim("nI") == 5


def test_the_width_of_an_entry_of_a_dict_comes_with_data() -> None:
    model = chain(select("b"), Relu(5), Linear(3)).initialize(X=ENTRIES)
    assert model.layers[1].get_dim("nI") == 2


@pytest.mark.parametrize(("key", "value"), [("c", ENTRIES), (2, (X, OTHER))])
def test_an_entry_that_is_not_there_is_refused(key: Any, value: Any) -> None:
    with pytest.raises(UnknownName, match="finds no entry"):
        select(key).predict(value)


def test_select_refuses_what_has_no_entries() -> None:
    wrong: Any = X
    with pytest.raises(DTypeError, match="takes a dict or a tuple, got ndarray"):
        select("a").predict(wrong)


def test_named_gives_every_layer_the_input_and_sums_their_gradients() -> None:
    model = named(a=Relu(3), b=Linear(5)).initialize(X=X, seed=0)
    Y, backprop = model.begin_update(X)
    assert {name: each.shape for name, each in Y.items()} == {"a": (6, 3), "b": (6, 5)}
    dX = backprop(Y)
    wanted = sum(f.begin_update(X)[1](Y[n]) for n, f in zip("ab", model.layers, strict=True))
    np.testing.assert_allclose(dX, wanted, rtol=1e-5)


def test_a_network_goes_from_dict_to_dict_with_the_right_gradients() -> None:
    model = named(
        c=chain(select("a"), Relu(3)),
        d=chain(select("b"), Relu(4), Linear(2)),
        e=chain(select("a"), Linear(2)),
    )
    assert_is_gradient(model, ENTRIES)


def test_words_and_numbers_go_together() -> None:
    batch = {"numbers": X, "words": [["a", "b"], ["c"]]}
    words: Any = chain(select("words"), strings2arrays())
    model = named(numbers=chain(select("numbers"), Linear(3)), words=words).initialize(X=batch)
    Y, backprop = model.begin_update(batch)
    dX = backprop(Y)
    assert dX["numbers"].shape == X.shape
    assert dX["words"] == []


def test_layers_of_ids_take_their_entry() -> None:
    ids = {"ids": np.array([1, 2], dtype="int32"), "a": X[:2]}
    model = named(e=chain(select("ids"), Embed(3, 5)), f=chain(select("a"), Linear(2)))
    Y, backprop = model.initialize(X=ids).begin_update(ids)
    assert backprop(Y)["a"].shape == (2, 4)
    assert model.layers[0].layers[1].has_grad("E")


def test_named_takes_the_gradients_of_all_its_outputs() -> None:
    Y, backprop = named(a=Relu(3, 4), b=Linear(5, 4)).initialize().begin_update(X)
    with pytest.raises(BackpropError, match="one gradient for each") as caught:
        backprop({"a": Y["a"]})
    assert "outputs: a, b" in str(caught.value)


def test_named_without_layers_is_refused() -> None:
    with pytest.raises(StructureError, match="one layer or more"):
        named()


def test_the_gradient_of_the_input_is_left_out_when_nobody_needs_it() -> None:
    model = named(a=noop(), b=Linear(5, 4)).initialize()
    Y, backprop = model.begin_update(X, need_dX=False)
    assert backprop(Y) is None
    assert model.layers[1].has_grad("W")
