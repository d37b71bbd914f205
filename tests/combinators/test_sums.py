"""add, residual and tuplify: sums forward or back, in every container."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet.combinators import (
    add,
    noop,
    residual,
    tuplify,
    with_array,
    with_list,
    with_padded,
    with_ragged,
)
from combinet.errors import BackpropError, DimError, DTypeError, ShapeError
from combinet.layers import GRU, Linear, Maxout, Relu
from combinet.model import Model
from combinet.types import Padded, Ragged

from .values import VALUES, floats, function, in_container, rows_of

X = VALUES["array"]
every_kind = pytest.mark.parametrize("kind", VALUES)


def _pair(nO: int = 4) -> list[Any]:
    return [with_array(Relu(nO)), with_array(Linear(nO))]


# --- add ------------------------------------------------------------------------------------


@every_kind
def test_add_sums_the_outputs(kind: str) -> None:
    model = add(*_pair(3)).initialize(X=VALUES[kind], seed=0)
    Y = model.predict(VALUES[kind])
    wanted: Any = sum(layer.predict(X) for layer in model.layers)
    np.testing.assert_allclose(rows_of(Y), wanted, rtol=1e-5)
    assert type(Y) is type(VALUES[kind])


@every_kind
def test_add_gives_every_layer_the_whole_gradient_and_sums_what_they_return(kind: str) -> None:
    model = add(*_pair(3)).initialize(X=VALUES[kind], seed=0)
    dY = floats(6, 3, seed=1)
    dX = model.begin_update(VALUES[kind])[1](in_container(kind, dY))
    wanted: Any = sum(layer.begin_update(X)[1](dY) for layer in model.layers)
    np.testing.assert_allclose(rows_of(dX), wanted, rtol=1e-4, atol=1e-6)


def test_add_writes_into_no_output_of_its_layers() -> None:
    model = add(noop(), noop(), noop())
    before = X.copy()
    np.testing.assert_allclose(model.predict(X), 3 * before)
    np.testing.assert_array_equal(X, before)


def test_the_operator_of_add_is_a_plus() -> None:
    model = Linear(2, 4) + Relu(2, 4)
    assert model.name == "add"
    assert len(model.layers) == 2


def test_add_leaves_its_arguments_as_they_are() -> None:
    first = Linear(2, 4) + Relu(2, 4)
    both = first + Relu(2, 4)
    assert len(first.layers) == 2
    assert both.layers[0] is first


def test_add_makes_all_layers_as_wide_as_the_one_that_is_known() -> None:
    model = add(Linear(), Linear(3), Linear()).initialize(X=X)
    assert [layer.get_dim("nO") for layer in model.layers] == [3, 3, 3]


def test_add_takes_its_width_from_the_target() -> None:
    model = (Linear() + Linear()).initialize(X=X, Y=floats(6, 2))
    assert [layer.get_dim("nO") for layer in model.layers] == [2, 2]


def test_add_refuses_layers_of_different_widths() -> None:
    with pytest.raises(DimError) as caught:
        (Linear(3) + Linear(4)).initialize(X=X)
    assert "3, inferred from 0/nO (linear)" in str(caught.value)
    assert "1/nO (linear): 4, given to its constructor" in str(caught.value)


def test_add_refuses_outputs_that_would_only_broadcast() -> None:
    with pytest.raises(ShapeError, match="cannot be added"):
        add(function(lambda X: X), function(lambda X: X[:1])).predict(X)


def test_add_refuses_lists_of_different_lengths() -> None:
    with pytest.raises(ShapeError, match="3 items cannot be added to 2"):
        add(function(lambda Xs: Xs), function(lambda Xs: Xs[:2])).predict(VALUES["list"])


@pytest.mark.parametrize("other", [Ragged(X, [3, 3]), Ragged(X, [1, 2, 3]), [X]])
def test_add_refuses_rows_of_other_sequences(other: Any) -> None:
    model = add(function(lambda Xr: Xr), function(lambda Xr: other))
    with pytest.raises((ShapeError, DTypeError), match=r"different lengths|Ragged and list"):
        model.predict(Ragged(X, [2, 4]))


def test_add_refuses_padded_sequences_of_other_lengths() -> None:
    Xp = VALUES["Padded"]
    other = Padded(Xp.data, Xp.size_at_t, Xp.lengths[::-1].copy() + 1, Xp.indices)
    with pytest.raises(ShapeError, match="different lengths"):
        add(function(lambda X: X), function(lambda X: other)).predict(Xp)


def test_an_add_that_lost_its_layers_is_the_identity() -> None:
    model = add(Linear(2, 4), Linear(2, 4))
    model.layers.clear()
    Y, backprop = model.begin_update(X)
    assert Y is X
    assert backprop(Y) is X


# --- residual -------------------------------------------------------------------------------


@every_kind
def test_residual_adds_the_input_forward_and_the_gradient_backward(kind: str) -> None:
    model = residual(with_array(Maxout(4))).initialize(X=VALUES[kind], seed=0)
    Y, backprop = model.begin_update(VALUES[kind])
    dY = floats(6, 4, seed=1)
    inner, backprop_inner = model.layers[0].begin_update(X)
    np.testing.assert_allclose(rows_of(Y), inner + X, rtol=1e-5)
    dX = backprop(in_container(kind, dY))
    np.testing.assert_allclose(rows_of(dX), backprop_inner(dY) + dY, rtol=1e-4, atol=1e-6)
    assert type(dX) is type(VALUES[kind])


def test_residual_gives_the_dtype_of_its_layer() -> None:
    model = residual(Linear(4, 4)).initialize()
    assert model.predict(X.astype("float64")).dtype == "float32"


def test_residual_takes_a_batch_of_nothing_whatever_container_its_layer_sees() -> None:
    for inside in (with_padded(GRU(4)), with_list(with_array(Linear(4))), with_array(Linear(4))):
        model: Any = residual(inside).initialize(X=VALUES["Ragged"])
        Y, backprop = model.begin_update(Ragged(X[:0], []))
        assert (Y.data.shape, backprop(Y).data.shape) == ((0, 4), (0, 4))


@pytest.mark.parametrize("given", [{"nO": 4}, {"nI": 4}])
def test_residual_makes_both_sides_of_its_layer_equal(given: dict[str, int]) -> None:
    model = residual(Linear(**given)).initialize()
    assert [model.layers[0].get_dim(name) for name in ("nI", "nO")] == [4, 4]
    assert [model.get_dim(name) for name in ("nI", "nO")] == [4, 4]


def test_residual_finds_the_width_of_a_layer_that_hides_it() -> None:
    layer = Linear(4)
    residual(with_ragged(with_array(layer))).initialize()
    assert layer.get_dim("nI") == 4


def test_residual_reads_its_width_off_the_sample() -> None:
    assert residual(Relu()).initialize(X=X).get_dim("nO") == 4


def test_residual_refuses_a_layer_that_changes_the_width() -> None:
    with pytest.raises(DimError, match="residual"):
        residual(Linear(5)).initialize(X=X)


def test_residual_refuses_a_layer_that_changes_the_shape_at_run_time() -> None:
    with pytest.raises(ShapeError, match="cannot be added"):
        residual(function(lambda X: X[:, :1])).predict(X)


def test_residual_computes_no_gradient_that_is_not_needed() -> None:
    model = residual(Linear(4, 4)).initialize()
    assert model.begin_update(X, need_dX=False)[1](X) is None
    assert model.layers[0].has_grad("W")


# --- tuplify --------------------------------------------------------------------------------


@every_kind
def test_tuplify_keeps_the_outputs_apart(kind: str) -> None:
    model = tuplify(*_pair(3)).initialize(X=VALUES[kind], seed=0)
    Ys = model.predict(VALUES[kind])
    assert type(Ys) is tuple
    for Y, layer in zip(Ys, model.layers, strict=True):
        np.testing.assert_allclose(rows_of(Y), layer.predict(X), rtol=1e-5)


@every_kind
def test_tuplify_sums_what_its_layers_return(kind: str) -> None:
    model = tuplify(with_array(Linear(3)), with_array(Linear(2))).initialize(X=VALUES[kind])
    dYs = floats(6, 3, seed=1), floats(6, 2, seed=2)
    dX = model.begin_update(VALUES[kind])[1](tuple(in_container(kind, dY) for dY in dYs))
    wanted: Any = sum(
        layer.begin_update(X)[1](dY) for layer, dY in zip(model.layers, dYs, strict=True)
    )
    np.testing.assert_allclose(rows_of(dX), wanted, rtol=1e-4, atol=1e-6)


def test_tuplify_of_a_noop_writes_into_no_gradient() -> None:
    _, backprop = tuplify(noop(), noop()).begin_update(X)
    before = X.copy()
    np.testing.assert_allclose(backprop((X, X)), 2 * before)
    np.testing.assert_array_equal(X, before)


def test_each_layer_of_a_tuple_takes_its_own_target() -> None:
    model = tuplify(Linear(), Linear()).initialize(X=X, Y=(floats(6, 2), floats(6, 3)))
    assert [layer.get_dim("nO") for layer in model.layers] == [2, 3]


def test_tuplify_has_an_nI_and_no_nO() -> None:
    assert tuplify(Linear(2, 4), Linear(3)).dim_names == ("nI",)


def test_tuplify_refuses_a_target_of_another_size() -> None:
    with pytest.raises(DimError, match="tuple of 2, and is met by one of 3"):
        tuplify(Linear(), Linear()).initialize(X=X, Y=(X, X, X))


def test_tuplify_refuses_too_few_gradients() -> None:
    _, backprop = tuplify(Linear(2, 4), Linear(3, 4)).initialize().begin_update(X)
    too_few: Any = (floats(6, 2),)
    with pytest.raises(BackpropError, match=r"does not fit[^$]*dY: 1 item\n  Y: 2 items"):
        backprop(too_few)


def test_a_layer_behind_that_takes_no_tuple_is_refused() -> None:
    pair: Model[Any, Any] = tuplify(Linear(3), Linear(2))
    with pytest.raises(DTypeError, match="is met by a tuple"):
        (pair >> Linear(2)).initialize(X=X)
