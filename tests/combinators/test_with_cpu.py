"""with_cpu: the layer on the CPU, input and output elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet.chain import chain
from combinet.combinators import with_array, with_cpu
from combinet.layers import Dropout, Linear, Relu
from combinet.ops import NumpyOps, Ops, get_ops

from .values import VALUES, floats, function, in_container, rows_of


class Elsewhere(np.ndarray[Any, Any]):
    """An array that stands for one on a device."""


class ElsewhereOps(NumpyOps):
    """Keeps its arrays elsewhere; what is there must be fetched."""

    def asarray(self, data: Any, *, dtype: Any = None) -> Any:
        return np.asarray(data, dtype=dtype).view(Elsewhere)


class HereOps(NumpyOps):
    """A CPU that fetches arrays from elsewhere."""

    def to_numpy(self, data: Any, *, byte_order: Any = None) -> Any:
        return np.asarray(data).view(np.ndarray)


def elsewhere(value: Any) -> Any:
    """The same with its arrays elsewhere."""
    return with_cpu(function(lambda X: X), ElsewhereOps()).predict(value)


def leaves_of(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [value.data if not isinstance(value, np.ndarray) else value]


@pytest.mark.parametrize("kind", VALUES)
def test_the_layer_works_here_and_its_caller_elsewhere(kind: str) -> None:
    seen: list[Any] = []
    layer = function(lambda X: seen.append(X) or X, lambda dY: seen.append(dY) or dY)
    model = with_cpu(layer, ElsewhereOps())
    layer.ops = HereOps()
    X = elsewhere(VALUES[kind])
    Y, backprop = model.begin_update(X)
    dX = backprop(Y)
    for value in seen:
        assert all(type(array) is np.ndarray for array in leaves_of(value))
    for value in (X, Y, dX):
        assert all(type(array) is Elsewhere for array in leaves_of(value))
        assert type(value) in (Elsewhere, type(VALUES[kind]))
        np.testing.assert_array_equal(rows_of(value), rows_of(VALUES[kind]))


@pytest.mark.parametrize("kind", VALUES)
def test_it_is_the_layer(kind: str) -> None:
    layer = with_array(Relu(3, 4)).initialize(seed=0)
    model = with_cpu(layer, get_ops("cpu"))
    (Y, backprop), (wanted, backprop_plain) = (
        each.begin_update(VALUES[kind]) for each in (model, layer)
    )
    np.testing.assert_array_equal(rows_of(Y), rows_of(wanted))
    dY = in_container(kind, floats(6, 3))
    np.testing.assert_array_equal(rows_of(backprop(dY)), rows_of(backprop_plain(dY)))


def test_it_predicts_without_training() -> None:
    X = VALUES["array"]
    model = with_cpu(Dropout(0.5), get_ops("cpu"))
    np.testing.assert_array_equal(model.predict(X), X)


def test_its_parameters_are_on_the_cpu_and_its_own_ops_elsewhere() -> None:
    layer: Any = Linear(3, 4)
    layer.ops = there = ElsewhereOps()
    model = with_cpu(layer, there).initialize()
    assert model.ops is there
    assert isinstance(layer.ops, Ops)
    assert layer.ops is not there
    assert type(layer.get_param("W")) is np.ndarray


def test_what_is_no_array_passes() -> None:
    assert with_cpu(function(len), get_ops("cpu")).predict("words") == 5
    assert with_cpu(function(lambda X: X), get_ops("cpu")).predict(("a", None)) == ("a", None)


def test_dims_are_those_of_the_layer_and_sizes_flow_through() -> None:
    model = with_cpu(Linear(3, 4), get_ops("cpu"))
    assert (model.get_dim("nO"), model.get_dim("nI")) == (3, 4)
    assert model.name == "with_cpu(linear)"
    whole = chain(with_cpu(Linear(nI=4), get_ops("cpu")), Linear(2, 6)).initialize()
    assert whole.layers[0].get_dim("nO") == 6


def test_no_gradient_is_computed_that_is_not_needed() -> None:
    model = with_cpu(Relu(3, 4), get_ops("cpu")).initialize()
    Y, backprop = model.begin_update(VALUES["array"], need_dX=False)
    assert backprop(Y) is None
    assert model.layers[0].has_grad("W")
