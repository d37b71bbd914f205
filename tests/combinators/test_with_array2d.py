"""with_array2d and with_reshape: layers of rows on arrays of more axes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from combinet.chain import chain
from combinet.combinators import with_array, with_array2d, with_reshape
from combinet.errors import DimError, DTypeError, ShapeError
from combinet.layers import Linear, Relu, expand_window
from combinet.testing import assert_is_gradient
from combinet.testing.strategies import batches
from combinet.types import Floats2d, Ragged

from .values import ITEMS, ROWS, VALUES, floats, function, in_container, rows_of

CUBE = floats(2, 3, 4)
both = pytest.mark.parametrize("wrapper", [with_array2d, with_reshape])


@pytest.mark.parametrize("kind", VALUES)
def test_it_is_with_array_on_sequences_of_rows(kind: str) -> None:
    layer = Linear(3, 4).initialize(seed=0)
    dY = in_container(kind, floats(6, 3, seed=1))
    (Y, back), (wanted, back_wanted) = (
        wrapper(layer).begin_update(VALUES[kind]) for wrapper in (with_array2d, with_array)
    )
    np.testing.assert_array_equal(rows_of(Y), rows_of(wanted))
    np.testing.assert_array_equal(rows_of(back(dY)), rows_of(back_wanted(dY)))
    assert type(Y) is type(VALUES[kind])


@pytest.mark.parametrize("kind", VALUES)
def test_sizes_are_read_off_every_container(kind: str) -> None:
    model: Any = with_array2d(Linear(3)).initialize(X=VALUES[kind])
    assert model.get_dim("nI") == 4
    assert str(model.check(X=VALUES[kind]).y) == str(with_array(Linear(3)).check(X=VALUES[kind]).y)


@pytest.mark.parametrize("kind", ["array", "list", "Ragged", "Padded"])
def test_the_layer_sees_rows_whatever_the_rank(kind: str) -> None:
    X: Any = {
        "array": floats(5, 2, 4),
        "list": [floats(2, 3, 4), floats(0, 3, 4)],
        "Ragged": Ragged(floats(6, 2, 4), VALUES["Ragged"].lengths),
        "Padded": VALUES["Padded"],
    }[kind]
    shapes: list[Any] = []
    Y, backprop = with_array2d(
        function(lambda X: shapes.append(X.shape) or X[:, :3], lambda dY: np.zeros((len(dY), 4)))
    ).begin_update(X)
    assert len(shapes[0]) == 2
    dX = backprop(Y)
    for came, made, gradient in zip(_arrays(X), _arrays(Y), _arrays(dX), strict=True):
        assert made.shape == (*came.shape[:-1], 3)
        assert gradient.shape == came.shape


def _arrays(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [value.dataXd if isinstance(value, Ragged) else getattr(value, "data", value)]


@settings(max_examples=25, deadline=None)
@given(one=batches(list[Floats2d], width=4), two=batches(list[Floats2d], width=4))
def test_it_commutes_with_concatenation(one: list[Any], two: list[Any]) -> None:
    layer = Relu(3, 4).initialize(seed=0)
    for wrapper in (with_array, with_array2d):
        model = wrapper(layer)
        whole, parts = model.predict(one + two), model.predict(one) + model.predict(two)
        for ours, theirs in zip(whole, parts, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-2)


def test_zeros_between_the_items_keep_windows_apart() -> None:
    apart = with_array2d(expand_window(1), pad=1).predict(ITEMS)
    for ours, item in zip(apart, ITEMS, strict=True):
        np.testing.assert_array_equal(ours, expand_window(1).predict(item))


@both
def test_every_row_of_a_3d_array_goes_through_the_layer(wrapper: Any) -> None:
    layer = Linear(5, 4).initialize(seed=0)
    Y, backprop = wrapper(layer).begin_update(CUBE)
    dY = floats(2, 3, 5, seed=1)
    dX = backprop(dY)
    assert Y.shape == (2, 3, 5)
    for i in range(2):
        wanted, backprop_one = layer.begin_update(CUBE[i])
        np.testing.assert_allclose(Y[i], wanted, rtol=1e-5)
        np.testing.assert_allclose(dX[i], backprop_one(dY[i]), rtol=1e-4, atol=1e-6)


@both
def test_backprop_is_the_gradient(wrapper: Any) -> None:
    assert_is_gradient(wrapper(Relu(3)), CUBE)


@both
@pytest.mark.parametrize("shape", [(0, 3, 4), (2, 0, 4)])
def test_an_empty_array_goes_both_ways(wrapper: Any, shape: tuple[int, ...]) -> None:
    model = wrapper(Linear(3, 4)).initialize()
    Y, backprop = model.begin_update(floats(*shape))
    assert Y.shape == (*shape[:2], 3)
    assert backprop(Y).shape == shape


@both
def test_sizes_are_read_off_the_sample_and_flow_through(wrapper: Any) -> None:
    model = wrapper(Linear()).initialize(X=CUBE, Y=floats(2, 3, 7))
    assert (model.get_dim("nI"), model.get_dim("nO")) == (4, 7)
    assert str(model.check(X=CUBE).y).endswith("floats (n, n, 7)")
    two = chain(wrapper(Linear()), wrapper(Linear(2, 9))).initialize(X=CUBE)
    assert two.layers[0].get_dim("nO") == 9
    with pytest.raises(DimError):
        wrapper(Linear(3, 5)).initialize(X=CUBE)


@pytest.mark.parametrize("wrong", [ROWS, ITEMS, None, floats(2, 2, 2, 4)])
def test_with_reshape_takes_3d_arrays_only(wrong: Any) -> None:
    with pytest.raises((ShapeError, DTypeError)):
        with_reshape(Linear(3, 4)).initialize().predict(wrong)


def test_names_are_thincs() -> None:
    assert with_array2d(Linear(), pad=1).name == "with_array(linear)"
    assert with_array2d(Linear(), pad=1).attrs == {"pad": 1}
    assert with_reshape(Linear()).name == "with_reshape(linear)"


@both
def test_no_gradient_is_computed_that_is_not_needed(wrapper: Any) -> None:
    model = wrapper(Relu(3, 4)).initialize()
    Y, backprop = model.begin_update(CUBE, need_dX=False)
    assert backprop(Y) is None
    assert model.layers[0].has_grad("W")
