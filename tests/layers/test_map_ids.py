"""remap_ids, remap_ids_v2 and premap_ids: what a mapping makes of words and ids."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet.chain import chain
from combinet.combinators import with_array
from combinet.errors import DataError, DTypeError, ShapeError
from combinet.layers import HashEmbed, premap_ids, remap_ids, remap_ids_v2

WORDS = {"a": 3, "b": 5}
IDS = {1: 10, 2: 20}
every_layer = pytest.mark.parametrize("layer", [remap_ids, remap_ids_v2, premap_ids])
with_columns = pytest.mark.parametrize("layer", [remap_ids_v2, premap_ids])


@pytest.mark.parametrize("layer", [remap_ids, remap_ids_v2])
@pytest.mark.parametrize("kind", [list, tuple])
def test_words_become_their_numbers_and_others_the_default(layer: Any, kind: Any) -> None:
    Y, backprop = layer(WORDS, 9).begin_update(kind(["b", "x", "a"]))
    assert Y.tolist() == [[5], [9], [3]]
    assert Y.dtype == "int32"
    assert backprop(Y) == []


@every_layer
@pytest.mark.parametrize("dtype", ["int32", "uint64", "int64"])
def test_ids_in_an_array_become_their_numbers(layer: Any, dtype: str) -> None:
    X = np.array([2, 7, 1], dtype=dtype)
    Y, backprop = layer(IDS).begin_update(X)
    assert Y.tolist() == [[20], [0], [10]]
    dX = backprop(Y)
    assert dX.shape == X.shape
    assert not dX.any()


@with_columns
def test_a_column_can_be_chosen(layer: Any) -> None:
    X = np.array([[7, 1], [7, 2]], dtype="uint64")
    Y, backprop = layer(IDS, column=1).begin_update(X)
    assert Y.tolist() == [[10], [20]]
    assert backprop(Y).shape == X.shape
    assert layer(IDS, column=-2).predict(X).tolist() == [[0], [0]]


@every_layer
def test_nothing_becomes_nothing(layer: Any) -> None:
    for nothing in ([], np.zeros(0, dtype="int32"), np.zeros((0, 0), dtype="float32")):
        if isinstance(nothing, list) or nothing.dtype.kind == "i":
            assert layer(IDS).predict(nothing).shape == (0, 1)


def test_the_first_version_takes_any_dtype() -> None:
    assert remap_ids(WORDS, dtype="int64").predict(["a"]).dtype == "int64"


def test_a_mapping_may_grow_later() -> None:
    model = remap_ids()
    model.attrs["mapping_table"]["new"] = 4
    assert model.predict(["new"]).tolist() == [[4]]
    assert remap_ids().predict(["new"]).tolist() == [[0]]


def test_the_second_version_needs_its_mapping() -> None:
    model = remap_ids_v2()
    with pytest.raises(DataError, match="has no mapping"):
        model.predict(["a"])
    model.attrs["mapping_table"] = WORDS
    assert model.predict(["a"]).tolist() == [[3]]


@pytest.mark.parametrize("wrong", [{"a": 1}, {1: "b"}, {1.0: 2}, {1: None}])
def test_premap_ids_maps_ints_to_ints_only(wrong: Any) -> None:
    with pytest.raises(DataError, match="maps ints to ints"):
        premap_ids(wrong)


def test_premap_ids_keeps_a_mapping_of_its_own() -> None:
    table = dict(IDS)
    model = premap_ids(table)
    table[7] = 70
    assert model.predict(np.array([7])).tolist() == [[0]]


@every_layer
def test_a_mapping_survives_saving(layer: Any) -> None:
    model, other = layer(IDS, 7), layer({5: 6})
    X = np.array([1, 3])
    assert other.from_bytes(model.to_bytes()).predict(X).tolist() == model.predict(X).tolist()


@every_layer
def test_columns_that_nobody_chose_are_refused(layer: Any) -> None:
    with pytest.raises(ShapeError, match="one id a row"):
        layer(IDS).predict(np.ones((2, 3), dtype="int32"))


@with_columns
def test_a_column_that_is_not_there_is_refused(layer: Any) -> None:
    for X in (np.ones((2, 3), dtype="int32"), np.ones(3, dtype="int32")):
        with pytest.raises(ShapeError, match="column 3"):
            layer(IDS, column=3).predict(X)
    with pytest.raises(DTypeError, match="array of columns"):
        layer(IDS, column=0).predict([1, 2])


@every_layer
@pytest.mark.parametrize("wrong", ["word", np.ones(2), [["a"]]])
def test_what_a_mapping_cannot_hold_is_refused(layer: Any, wrong: Any) -> None:
    with pytest.raises(DTypeError, match="takes"):
        layer(IDS).predict(wrong)


def test_the_ids_fit_an_embedding() -> None:
    model = chain(remap_ids_v2(WORDS), HashEmbed(4, 10, column=0)).initialize(X=["a"])
    Y, backprop = model.begin_update(["a", "b"])
    assert Y.shape == (2, 4)
    assert backprop(Y) == []
    inside = with_array(premap_ids(IDS))
    assert [y.shape for y in inside.predict([np.array([1, 2]), np.array([2])])] == [(2, 1), (1, 1)]
