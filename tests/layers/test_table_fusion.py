"""Embeddings that run as one op, with what stands beside or behind them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import combinet
from combinet import (
    Embed,
    HashEmbed,
    Maxout,
    Ragged,
    Relu,
    chain,
    concatenate,
    list2ragged,
    reduce_mean,
    reduce_sum,
    with_array,
)
from combinet.errors import BackpropError, RangeError, ShapeError
from combinet.layers import FusedHashEmbeds, FusedPool
from tests.fused import AnyNet, assert_same_as_one_by_one, fused_steps, run

LENGTHS = [4, 0, 7, 1]


def _ids(*shape: int, limit: int = 9, dtype: str = "uint64") -> Any:
    return np.random.default_rng(0).integers(0, limit, shape).astype(dtype)


def _tables(dropout: float | None = None, count: int = 3) -> list[AnyNet]:
    return [HashEmbed(4 + i, 11 + i, column=count - 1 - i, dropout=dropout) for i in range(count)]


def _pool(embed: AnyNet, reduce: AnyNet) -> AnyNet:
    return chain(with_array(embed, of="ragged"), reduce, Relu(3)).initialize(
        X=Ragged(_ids(2), [2]), seed=0
    )


def _pool_of_columns(embed: AnyNet) -> AnyNet:
    model = chain(with_array(embed, of="ragged"), reduce_mean(), Relu(3))
    return model.initialize(X=Ragged(_ids(2, 3), [2]), seed=0)


@pytest.mark.parametrize("dropout", [None, 0.4])
@pytest.mark.parametrize("is_train", [True, False])
def test_hash_embeddings_side_by_side_are_one_op(dropout: float | None, is_train: bool) -> None:
    model = chain(concatenate(*_tables(dropout)), Maxout(3, 15)).initialize(X=_ids(5, 3), seed=0)
    for need_dX in (True, False):
        assert_same_as_one_by_one(model, _ids(12, 3), is_train=is_train, need_dX=need_dX)
    assert fused_steps(model)[0] is FusedHashEmbeds


def test_so_they_are_where_they_stand_alone_in_sequences() -> None:
    beside = concatenate(*_tables(0.4))
    model = chain(list2ragged(of="ints"), with_array(beside, of="ragged"))
    Xs: Any = np.split(_ids(12, 3), [5, 5, 9])
    model.initialize(X=Xs, seed=0)
    assert_same_as_one_by_one(model, Xs)
    assert fused_steps(beside) == [FusedHashEmbeds]


def test_tables_of_the_same_ids_are_one_op() -> None:
    model = concatenate(HashEmbed(3, 7), HashEmbed(2, 9)).initialize(X=_ids(4), seed=0)
    assert_same_as_one_by_one(model, _ids(10))
    assert fused_steps(model) == [FusedHashEmbeds]


def test_only_some_of_them_drop_columns() -> None:
    some = [*_tables(0.4, 2), HashEmbed(3, 7, column=0)]
    model = concatenate(*some).initialize(X=_ids(4, 2), seed=0)
    assert_same_as_one_by_one(model, _ids(30, 2))


@pytest.mark.parametrize(
    "X", [_ids(0, 3), _ids(1, 3), _ids(9, 3, dtype="int32"), _ids(9, 5)[:, ::2]]
)
def test_ids_of_any_kind_serve(X: Any) -> None:
    model = concatenate(*_tables()).initialize(X=_ids(4, 3), seed=0)
    assert_same_as_one_by_one(model, X)


def test_a_table_that_stands_twice_gathers_both_gradients() -> None:
    table = HashEmbed(4, 11, column=1, dropout=0.3)
    model = concatenate(table, table).initialize(X=_ids(4, 3), seed=0)
    assert_same_as_one_by_one(model, _ids(9, 3))


def test_other_layers_beside_them_run_by_themselves() -> None:
    model = concatenate(HashEmbed(4, 11, column=0), Embed(3, 9, column=1))
    model.initialize(X=_ids(4, 3), seed=0)
    assert_same_as_one_by_one(model, _ids(9, 3))
    assert fused_steps(model) == []


def test_a_column_that_there_is_not_is_an_error_as_ever() -> None:
    model = concatenate(*_tables()).initialize(X=_ids(4, 3), seed=0)
    with pytest.raises(IndexError):
        model.predict(_ids(4, 2))


def test_a_column_that_is_changed_later_is_followed() -> None:
    model = concatenate(*_tables()).initialize(X=_ids(4, 3), seed=0)
    model.predict(_ids(9, 3))
    for index in (1, -1, slice(0, 1)):
        model.layers[0].layers[0].attrs["index"] = (slice(0, None), index)
        if isinstance(index, int):
            assert_same_as_one_by_one(model, _ids(9, 3))
        else:
            with pytest.raises(ShapeError):
                model.predict(_ids(9, 3))


def test_a_gradient_that_does_not_fit_is_an_error() -> None:
    model = concatenate(*_tables()).initialize(X=_ids(4, 3), seed=0)
    Y, backprop = model.begin_update(_ids(9, 3))
    with pytest.raises(BackpropError):
        backprop(Y[:, 1:])


def test_their_gradient_may_be_strided() -> None:
    model = concatenate(*_tables(0.4)).initialize(X=_ids(4, 3), seed=0)
    Y, backprop = model.begin_update(_ids(9, 3))
    dY: Any = np.asarray(Y)[:, ::-1]
    dY.flags.writeable = False
    backprop(dY)
    got: list[Any] = [row.gradient for row in model.parameters()]
    assert all(gradient.any() for gradient in got)


@pytest.mark.parametrize("reduce", [reduce_mean, reduce_sum])
@pytest.mark.parametrize("dropout", [None, 0.4])
@pytest.mark.parametrize("is_train", [True, False])
def test_an_embedding_and_its_pool_are_one_op(
    reduce: Any, dropout: float | None, is_train: bool
) -> None:
    for embed in (Embed(5, 9, dropout=dropout), HashEmbed(5, 7, dropout=dropout)):
        model = _pool(embed, reduce())
        for dtype in ("uint64", "int32", "int64", "uint8"):
            X = Ragged(_ids(12, dtype=dtype), LENGTHS)
            for need_dX in (True, False):
                assert_same_as_one_by_one(model, X, is_train=is_train, need_dX=need_dX)
        assert fused_steps(model)[0] is FusedPool


def test_so_is_that_of_a_column() -> None:
    for embed in (Embed(5, 9, column=2, dropout=0.3), HashEmbed(5, 7, column=0)):
        model = _pool_of_columns(embed)
        assert_same_as_one_by_one(model, Ragged(_ids(12, 3), LENGTHS))
        assert fused_steps(model)[0] is FusedPool


def test_the_gradient_of_the_ids_is_the_same_as_ever() -> None:
    model = _pool(Embed(5, 9), reduce_mean())
    dX = run(model, Ragged(_ids(12), LENGTHS))[1]
    assert len(dX) == 12
    assert dX.dtype.kind == "i"
    assert not dX.any()


def test_nothing_at_all_is_pooled() -> None:
    model = _pool(Embed(5, 9), reduce_mean())
    for lengths in ([], [0, 0]):
        assert_same_as_one_by_one(model, Ragged(_ids(0), lengths))


def test_an_id_beyond_the_table_is_an_error_with_advice() -> None:
    model = _pool(Embed(5, 9), reduce_mean())
    with pytest.raises(RangeError, match="HashEmbed takes any id"):
        model.predict(Ragged(np.array([3, 9]), [2]))


def test_the_reference_backend_runs_these_plans_as_well() -> None:
    with combinet.use_ops("reference"):
        model = _pool(HashEmbed(5, 7, dropout=0.4), reduce_mean())
        beside = concatenate(*_tables(0.4)).initialize(X=_ids(4, 3), seed=0)
    assert_same_as_one_by_one(model, Ragged(_ids(12), LENGTHS))
    assert_same_as_one_by_one(beside, _ids(9, 3))
    assert fused_steps(model)[0] is FusedPool


def test_in_double_precision_they_agree_too() -> None:
    model = _pool(Embed(5, 9, dropout=0.4), reduce_sum()).to_dtype("float64")
    assert_same_as_one_by_one(model, Ragged(_ids(12), LENGTHS))
