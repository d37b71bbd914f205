"""Embed and HashEmbed: rows by id, hashed rows, columns, dropout of columns, seeds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from combinet.chain import chain
from combinet.combinators import with_array
from combinet.errors import (
    BackpropError,
    CombinetError,
    DTypeError,
    RangeError,
    ShapeError,
    UnknownName,
)
from combinet.layers import Embed, HashEmbed, Linear, strings2arrays
from combinet.ops import get_ops

from .against_torch import assert_like_torch, floats

IDS = np.array([3, 1, 3, 0], dtype="int32")
EMBEDDINGS = [Embed, HashEmbed]
#: MurmurHash3 x64-128 of id 1 as 8 bytes, seed 0.
HASHES_OF_1 = [4211459146, 4457399, 3547175942, 1032506804]


def test_embed_agrees_with_torch() -> None:
    def formula(ids: torch.Tensor, w: dict[str, torch.Tensor]) -> torch.Tensor:
        return torch.nn.functional.embedding(ids, w["E"])

    assert_like_torch(Embed(3, 5).initialize(), IDS, formula)


def test_hashembed_sums_the_four_rows_that_the_hashes_choose() -> None:
    chosen = torch.tensor(get_ops("cpu").hash_rows(IDS, 7, 5))

    def formula(ids: torch.Tensor, w: dict[str, torch.Tensor]) -> torch.Tensor:
        return w["E"][chosen].sum(dim=1)

    assert_like_torch(HashEmbed(3, 5, seed=7).initialize(), IDS, formula)


def test_hashembed_hashes_with_murmurhash3() -> None:
    model = HashEmbed(2, 11, seed=0).initialize()
    E = model.get_param("E")
    wanted = sum(E[h % 11] for h in HASHES_OF_1)
    np.testing.assert_allclose(model.predict(np.array([1])), [wanted], rtol=1e-6)


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint32", "uint64"])
@pytest.mark.parametrize("Layer", EMBEDDINGS)
def test_every_kind_of_integer_gives_the_same_rows(Layer: Any, dtype: str) -> None:
    model = Layer(3, 5).initialize(seed=0)
    assert np.array_equal(model.predict(IDS.astype(dtype)), model.predict(IDS))


def test_hashembed_takes_any_64_bits() -> None:
    ids = np.array([2**64 - 1, 2**63, 0], dtype="uint64")
    assert HashEmbed(3, 5).initialize().predict(ids).shape == (3, 3)


def test_embed_refuses_an_id_beyond_its_table() -> None:
    with pytest.raises(RangeError, match=r"embed has a table of 5 rows.*got 5"):
        Embed(3, 5).initialize().predict(np.array([4, 5]))


def test_embed_refuses_a_negative_id() -> None:
    with pytest.raises(IndexError, match="got -1"):
        Embed(3, 5).initialize().predict(np.array([-1]))


@pytest.mark.parametrize("Layer", EMBEDDINGS)
@pytest.mark.parametrize("X", [floats(3), [1, 2], "words"])
def test_what_is_no_array_of_ids_is_refused(Layer: Any, X: Any) -> None:
    with pytest.raises(DTypeError, match="takes an array of ids"):
        Layer(3, 5).initialize().predict(X)


@pytest.mark.parametrize("Layer", EMBEDDINGS)
def test_ids_in_columns_need_to_be_told_which(Layer: Any) -> None:
    ids = np.stack([IDS, IDS], axis=1)
    with pytest.raises(ShapeError, match="column=0"):
        Layer(3, 5).initialize().predict(ids)
    with pytest.raises(ShapeError, match="column=0"):
        Layer(3, 5).initialize(X=ids)


@pytest.mark.parametrize("Layer", EMBEDDINGS)
def test_a_column_of_ids_gives_what_those_ids_give(Layer: Any) -> None:
    plain, columned = Layer(3, 5), Layer(3, 5, column=1)
    plain.initialize(seed=0)
    columned.initialize(seed=0)
    columned.layers[1].set_param("E", plain.get_param("E"))
    columned.layers[1].attrs.update(plain.attrs)
    ids = np.stack([IDS * 0, IDS], axis=1)
    assert np.array_equal(columned.predict(ids), plain.predict(IDS))
    assert columned.attrs["column"] == 1


@pytest.mark.parametrize("Layer", EMBEDDINGS)
def test_ids_get_a_gradient_of_integer_zeros(Layer: Any) -> None:
    model = Layer(3, 5).initialize()
    Y, backprop = model.begin_update(IDS)
    dX = backprop(Y)
    assert dX.tolist() == [0, 0, 0, 0]
    assert dX.dtype == "int32"
    assert model.gradient == "none"


@pytest.mark.parametrize("Layer", EMBEDDINGS)
def test_columns_of_ids_get_zeros_of_their_shape(Layer: Any) -> None:
    ids = np.stack([IDS, IDS], axis=1)
    Y, backprop = Layer(3, 5, column=0).initialize().begin_update(ids)
    assert backprop(Y).tolist() == [[0, 0]] * 4


@pytest.mark.parametrize("Layer", EMBEDDINGS)
@pytest.mark.parametrize("column", [None, 0])
def test_a_gradient_of_ids_that_is_not_needed_is_not_made(Layer: Any, column: Any) -> None:
    ids = IDS if column is None else np.stack([IDS, IDS], axis=1)
    Y, backprop = Layer(3, 5, column=column).initialize().begin_update(ids, need_dX=False)
    assert backprop(Y) is None


@pytest.mark.parametrize("Layer", EMBEDDINGS)
def test_the_width_is_read_off_the_target(Layer: Any) -> None:
    assert Layer(None, 5).initialize(X=IDS, Y=floats(4, 6)).get_dim("nO") == 6


@pytest.mark.parametrize("Layer", EMBEDDINGS)
def test_the_table_is_uniform_around_zero(Layer: Any) -> None:
    E = Layer(100, 100).initialize(seed=0).get_param("E")
    assert E.min() == pytest.approx(-0.1, abs=1e-3)
    assert E.max() == pytest.approx(0.1, abs=1e-3)


@pytest.mark.parametrize("Layer", EMBEDDINGS)
def test_dropout_zeroes_the_same_columns_in_every_row(Layer: Any) -> None:
    model = Layer(50, 5, dropout=0.5).initialize(seed=0)
    Y, backprop = model.begin_update(IDS)
    mask = Y[0] / model.predict(IDS)[0]
    assert set(np.round(mask, 4)) == {0.0, 2.0}
    np.testing.assert_allclose(Y, model.predict(IDS) * mask, rtol=1e-5)
    backprop(np.ones_like(Y))
    assert not model.get_grad("E")[:, mask == 0].any()


@pytest.mark.parametrize("Layer", EMBEDDINGS)
def test_dropout_rate_is_an_attribute_only_where_it_was_given(Layer: Any) -> None:
    assert "dropout_rate" not in Layer(3, 5).attrs
    assert Layer(3, 5, dropout=0.0).attrs["dropout_rate"] == 0.0


@pytest.mark.parametrize("Layer", EMBEDDINGS)
def test_a_gradient_of_another_shape_is_refused(Layer: Any) -> None:
    _, backprop = Layer(3, 5).initialize().begin_update(IDS)
    with pytest.raises(BackpropError):
        backprop(floats(4, 2))


@pytest.mark.parametrize("Layer", EMBEDDINGS)
@pytest.mark.parametrize("column", [None, 0])
def test_no_ids_give_no_rows(Layer: Any, column: Any) -> None:
    ids = np.zeros((0,) if column is None else (0, 2), dtype="uint64")
    model = Layer(3, 5, column=column).initialize()
    Y, backprop = model.begin_update(ids)
    assert Y.shape == (0, 3)
    assert backprop(Y).shape == ids.shape


# --- the seed of the hashes -------------------------------------------------------------


def _seeds(model: Any) -> list[int]:
    return [node.attrs["seed"] for node in model.walk() if "seed" in node.attrs]


def test_a_given_seed_is_kept() -> None:
    assert _seeds(HashEmbed(3, 5, seed=8).initialize(seed=1)) == [8]


def test_two_hash_tables_of_one_model_have_different_seeds() -> None:
    first, second = _seeds((HashEmbed(3, 5) | HashEmbed(3, 5)).initialize(X=IDS, seed=0))
    assert first != second


def test_the_seed_depends_on_the_seed_of_the_model_alone() -> None:
    one = _seeds(HashEmbed(3, 5).initialize(seed=1))
    HashEmbed(3, 5).initialize()
    again = HashEmbed(3, 5).initialize(seed=2)
    assert _seeds(again) != one
    assert _seeds(again.initialize(seed=1)) == one


def test_a_copy_keeps_the_hashes_that_its_table_was_trained_with() -> None:
    model = HashEmbed(3, 5).initialize(seed=1)
    twin = model.copy()
    twin.check(X=IDS)
    assert np.array_equal(twin.predict(IDS), model.predict(IDS))


def test_a_file_carries_the_seed() -> None:
    model, other = HashEmbed(3, 50).initialize(seed=1), HashEmbed(3, 50).initialize(seed=2)
    other.from_bytes(model.to_bytes())
    assert _seeds(other) == _seeds(model)
    assert np.array_equal(other.predict(IDS), model.predict(IDS))


def test_checking_sizes_sets_no_seed() -> None:
    model = HashEmbed(3, 5)
    model.check(X=IDS)
    assert model.attrs["seed"] is None


def test_a_table_without_a_seed_is_refused() -> None:
    model = HashEmbed(3, 5)
    model.set_param("E", floats(5, 3))
    with pytest.raises(UnknownName, match="seed"):
        model.predict(IDS)


def test_a_table_without_rows_is_refused() -> None:
    with pytest.raises(CombinetError, match="nV=0"):
        HashEmbed(3, 0)


def test_words_flow_into_an_embedding() -> None:
    model = chain(strings2arrays(), with_array(HashEmbed(8, 100, column=0)), with_array(Linear(2)))
    Ys = model.initialize(X=[["a", "b"]]).predict([["a", "b"], [], ["b"]])
    assert [Y.shape for Y in Ys] == [(2, 2), (0, 2), (1, 2)]
    assert np.array_equal(Ys[0][1], Ys[2][0])
