"""microbatch: the batch in parts, with the outputs and gradients of the whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from combinet.chain import chain
from combinet.combinators import microbatch, named, parallel, recompute, select, with_array
from combinet.errors import BackpropError, DTypeError, ShapeError
from combinet.layers import LayerNorm, Linear, Relu, list2ragged, reduce_mean, reduce_sum
from combinet.model import Model
from combinet.testing import assert_same, sample_of
from combinet.testing.laws import step
from combinet.types import Floats2d, Ragged

from .values import VALUES, floats

X = VALUES["array"]
KINDS: dict[str, Any] = {"array": Floats2d, "list": list[Floats2d], "Ragged": Ragged}


def _pair(n: int) -> tuple[Model[Any, Any], Model[Any, Any]]:
    """A layer of rows, and the like of it in parts of ``n``."""

    def net() -> Model[Any, Any]:
        return with_array(Relu(4, 5, normalize=True) >> Linear(3))

    return net().initialize(seed=0), microbatch(net(), n).initialize(seed=0)


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(sorted(KINDS)),
    size=st.integers(0, 9),
    n=st.integers(1, 10),
    seed=st.integers(0, 99),
)
def test_outputs_and_gradients_are_those_of_the_whole_batch(
    kind: str, size: int, n: int, seed: int
) -> None:
    batch = sample_of(KINDS[kind])(np.random.default_rng(seed), size)
    plain, parted = _pair(n)
    assert_same(step(plain, batch), step(parted, batch), rtol=1e-5)


def test_the_layer_sees_parts_of_n() -> None:
    seen: list[int] = []

    def forward(model: Any, X: Any, is_train: bool) -> Any:
        seen.append(len(X))
        return X, lambda dY: dY

    microbatch(Model("inner", forward), 4).predict(X)
    assert seen == [4, 2]


def test_it_goes_with_recompute() -> None:
    plain, _ = _pair(1)
    both = microbatch(recompute(with_array(Relu(4, 5, normalize=True) >> Linear(3))), 2)
    batch = sample_of(Floats2d)(np.random.default_rng(0), 7)
    assert_same(step(plain, batch), step(both.initialize(seed=0), batch), rtol=1e-5)


def test_sequences_may_become_rows() -> None:
    plain: Any = list2ragged() >> with_array(LayerNorm(), of="ragged") >> reduce_mean()
    plain.initialize(X=VALUES["list"], seed=0)
    parted = microbatch(plain, 2)
    assert_same(step(plain, VALUES["list"]), step(parted, VALUES["list"]), rtol=1e-5)


def test_the_items_of_a_tuple_are_cut_together() -> None:
    plain = parallel(Linear(3, 4), Relu(2, 4)).initialize(seed=0)
    assert_same(step(plain, (X, X)), step(microbatch(plain, 4), (X, X)), rtol=1e-5)


def test_so_are_the_entries_of_a_dict() -> None:
    def net() -> Model[Any, Any]:
        model = named(one=chain(select("a"), Linear(3, 4)), other=chain(select("b"), Relu(2, 4)))
        return model.initialize(seed=0)

    batch = {"a": X, "b": 2 * X}
    for n in (4, 7):
        assert_same(step(net(), batch), step(microbatch(net(), n), batch), rtol=1e-5)


def test_a_layer_that_changes_the_number_of_rows_is_refused() -> None:
    wrong: Any = with_array(Linear(3)) >> reduce_sum()
    model = microbatch(wrong, 2).initialize(X=VALUES["Ragged"])
    model.predict(VALUES["Ragged"])
    half: Model[Any, Any] = Model("half", lambda model, X, is_train: (X[::2], None))
    with pytest.raises(ShapeError, match="gave 4 rows for 6"):
        microbatch(half, 3).predict(X)


def test_a_padded_is_refused() -> None:
    with pytest.raises(DTypeError, match="cannot cut a Padded"):
        microbatch(with_array(Linear(3, 4)).initialize(), 2).predict(VALUES["Padded"])


def test_items_of_different_lengths_are_refused() -> None:
    model = microbatch(parallel(Linear(3, 4), Linear(3, 4)).initialize(), 2)
    with pytest.raises(ShapeError, match="parts of one length"):
        model.predict((X, X[:4]))


def test_parts_of_nothing_are_refused() -> None:
    with pytest.raises(ShapeError, match="1 row or more, got n=0"):
        microbatch(Linear(3), 0)


def test_a_gradient_of_another_length_is_refused() -> None:
    _, backprop = microbatch(Linear(3, 4).initialize(), 2).begin_update(X)
    with pytest.raises(BackpropError, match="gave 6 rows, and got a gradient of 5"):
        backprop(floats(5, 3))
