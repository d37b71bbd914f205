"""Laws that tie combinators to each other, on any batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from combinet.chain import chain
from combinet.combinators.noop import noop
from combinet.combinators.with_array import with_array
from combinet.layers.linear import Linear
from combinet.layers.relu import Relu
from combinet.model import Model
from combinet.paths import node_paths
from combinet.testing import assert_same, sample_of
from combinet.testing.laws import step
from combinet.testing.strategies import batches
from combinet.types import Floats2d, Padded, Ragged

SEQUENCES: list[Any] = [list[Floats2d], Ragged, Padded]


def network(seed: int = 0) -> Model[Any, Any]:
    return chain(Relu(4, 5), Linear(3, 4)).initialize(seed=seed)


@settings(max_examples=30, deadline=None)
@given(X=batches(Floats2d))
def test_noop_is_the_unit_of_chain(X: Any) -> None:
    model = network()
    for padded in (chain(noop(), model), chain(model, noop())):
        assert_same(step(padded, X)[:2], step(model, X)[:2])


@settings(max_examples=30, deadline=None)
@given(X=batches(Floats2d))
def test_chain_is_associative_in_outputs_and_gradients(X: Any) -> None:
    a, b, c = Relu(4, 5), Relu(3, 4), Linear(2, 3)
    left, right, flat = (a >> b) >> c, a >> (b >> c), chain(a, b, c)
    left.initialize(seed=0)
    expected = step(flat, X)
    for model in (left, right):
        assert_same(step(model, X), expected)
        paths = node_paths(model)
        assert [paths[layer] for layer in (a, b, c)] == ["0", "1", "2"]


@settings(max_examples=30, deadline=None)
@given(Xs=batches(list[Floats2d]))
def test_with_array_commutes_with_concatenation(Xs: Any) -> None:
    model = network()
    rows = np.concatenate([*Xs, np.zeros((0, 5), dtype="float32")])
    Ys = [np.zeros((0, 3), dtype="float32"), *with_array(model).predict(Xs)]
    assert_same(np.concatenate(Ys), model.predict(rows), rtol=1e-6)


@pytest.mark.parametrize("kind", SEQUENCES)
@pytest.mark.parametrize("n", [0, 1, 5])
def test_with_array_of_noop_is_noop(kind: Any, n: int) -> None:
    Xs = sample_of(kind)(np.random.default_rng(n), n)
    assert_same(step(with_array(noop()), Xs)[:2], step(noop(), Xs)[:2])


@pytest.mark.parametrize("kind", SEQUENCES)
def test_with_array_distributes_over_chain(kind: Any) -> None:
    a, b = Relu(4, 5).initialize(seed=0), Linear(3, 4).initialize(seed=1)
    Xs = sample_of(kind)(np.random.default_rng(0), 5)
    assert_same(step(with_array(a >> b), Xs)[:2], step(with_array(a) >> with_array(b), Xs)[:2])
