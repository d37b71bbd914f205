"""What stands around a layer and takes no place: same paths, seeds, files, sizes and gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from combinet.chain import chain
from combinet.combinators import (
    clip_gradient,
    freeze,
    microbatch,
    recompute,
    reverse_gradient,
    scale_gradient,
    tap,
)
from combinet.layers import Dropout, Linear, Relu
from combinet.model import Model
from combinet.paths import node_paths

from .values import VALUES, floats

WRAPPERS: dict[str, Callable[[Model[Any, Any]], Model[Any, Any]]] = {
    "clip_gradient": lambda layer: clip_gradient(layer, 1.0),
    "freeze": freeze,
    "microbatch": lambda layer: microbatch(layer, 2),
    "recompute": recompute,
    "reverse_gradient": reverse_gradient,
    "scale_gradient": lambda layer: scale_gradient(layer, 0.1),
    "tap": lambda layer: tap(layer, "it"),
    "two of them": lambda layer: freeze(recompute(layer)),
}
every_wrapper = pytest.mark.parametrize("wrap", WRAPPERS.values(), ids=WRAPPERS)
X = VALUES["array"]


def _net(wrap: Callable[[Any], Any]) -> Model[Any, Any]:
    """Around one layer, around a chain, and around a chain at the end."""
    return chain(
        wrap(Relu(4)), wrap(Relu(3) >> Linear(5)), Dropout(0.2), wrap(Relu(3) >> Linear(2))
    )


def _same(layer: Any) -> Any:
    return layer


@every_wrapper
def test_seeded_weights_are_those_without_it(wrap: Any) -> None:
    plain, wrapped = (_net(each).initialize(X=X, seed=3) for each in (_same, wrap))
    rows, others = list(plain.parameters()), list(wrapped.parameters())
    assert [row.path for row in rows] == [row.path for row in others]
    for row, other in zip(rows, others, strict=True):
        np.testing.assert_array_equal(row.weights, other.weights)


@every_wrapper
def test_a_file_written_without_it_loads_with_it_and_back(wrap: Any) -> None:
    plain, wrapped = _net(_same).initialize(X=X, seed=3), _net(wrap).initialize(X=X, seed=4)
    assert (plain.predict(X) != wrapped.predict(X)).any()
    wrapped.from_bytes(plain.to_bytes())
    np.testing.assert_array_equal(plain.predict(X), wrapped.predict(X))


@every_wrapper
def test_the_layer_inside_has_the_path_it_has_alone(wrap: Any) -> None:
    layer = Linear(3)
    assert node_paths(wrap(layer))[layer] == ""
    assert node_paths(chain(Relu(4), wrap(layer)))[layer] == "1"


@every_wrapper
def test_sizes_come_through_both_ways(wrap: Any) -> None:
    whole = chain(Linear(5), wrap(Linear(6)), wrap(Linear())).initialize(X=X, Y=floats(6, 2))
    assert whole.layers[1].get_dim("nI") == 5
    assert whole.layers[2].get_dim("nI") == 6
    assert whole.layers[2].get_dim("nO") == 2


@every_wrapper
def test_sizes_given_to_the_layer_are_those_of_the_wrapper(wrap: Any) -> None:
    assert (wrap(Linear(3, 4)).get_dim("nO"), wrap(Linear(3, 4)).get_dim("nI")) == (3, 4)


@every_wrapper
def test_the_gradient_of_the_input_is_left_out_when_nobody_needs_it(wrap: Any) -> None:
    model, asked = wrap(Linear(3, 4)).initialize(), []
    inner = model.layers[0]
    while inner.layers:
        inner = inner.layers[0]
    forward = inner._func

    def watched(model: Any, X: Any, is_train: bool) -> Any:
        Y, run = forward(model, X, is_train)

        def backprop(dY: Any, *, need_dX: bool = True) -> Any:
            asked.append(need_dX)
            return run(dY, need_dX=need_dX)

        return Y, backprop

    inner.replace_callbacks(watched)
    Y, backprop = model.begin_update(X, need_dX=False)
    assert backprop(Y) is None
    assert True not in asked
    assert asked or model.name.startswith("freeze")


@every_wrapper
def test_the_layer_itself_is_left_as_it_was(wrap: Any) -> None:
    layer = Linear(3, 4)
    name, forward, children = layer.name, layer._func, list(layer.layers)
    wrap(layer)
    assert (layer.name, layer._func, layer.layers) == (name, forward, children)


@every_wrapper
def test_the_output_is_that_of_the_layer(wrap: Any) -> None:
    layer = Relu(3, 4).initialize(seed=0)
    np.testing.assert_allclose(wrap(layer).predict(X), layer.predict(X), rtol=1e-6)
