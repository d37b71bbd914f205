"""Laws of any composition of combinators over sequences: what holds for each holds for all."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from combinet import fusion
from combinet.chain import chain
from combinet.combinators import (
    add,
    bidirectional,
    concatenate,
    map_list,
    microbatch,
    noop,
    recompute,
    residual,
    tap,
    with_array,
    with_list,
    with_padded,
    with_ragged,
)
from combinet.layers import (
    GRU,
    LSTM,
    Conv1d,
    Dropout,
    Gelu,
    LayerNorm,
    LearnedPositions,
    Linear,
    Maxout,
    MultiHeadAttention,
    Relu,
    SwiGLU,
    expand_window,
)
from combinet.model import Model
from combinet.testing import assert_is_gradient, assert_same, read_only, sample_of
from combinet.testing.laws import step
from combinet.types import Floats2d, Padded, Ragged

Net = Model[Any, Any]
WIDTH = 4
KINDS: dict[str, Any] = {"list": list[Floats2d], "ragged": Ragged, "padded": Padded}
OF_ROWS: list[Callable[[], Net]] = [
    lambda: Relu(WIDTH, normalize=True, dropout=0.2),
    lambda: Linear(WIDTH),
    lambda: Maxout(WIDTH),
    lambda: Gelu(WIDTH),
    lambda: SwiGLU(WIDTH),
    lambda: LayerNorm(),
    lambda: Dropout(0.3),
    lambda: noop(),
    lambda: residual(chain(Relu(5), Linear())),
    lambda: chain(concatenate(Relu(3), noop()), Linear(WIDTH)),
]
OF_SEQUENCES: list[Callable[[], Net]] = [
    lambda: with_padded(LSTM(WIDTH, bi=True, dropout=0.2)),
    lambda: with_padded(GRU(WIDTH)),
    lambda: with_padded(chain(bidirectional(LSTM(2)), with_array(Linear(WIDTH)))),
    lambda: with_ragged(chain(expand_window(1), with_array(Maxout(WIDTH)))),
    lambda: with_list(map_list(Maxout(WIDTH))),
    lambda: MultiHeadAttention(2, WIDTH, causal=True, rotary_period=100.0),
    lambda: LearnedPositions(10),
    lambda: Conv1d(WIDTH),
]


@st.composite
def networks(draw: st.DrawFn, kind: str, depth: int = 2) -> Net:
    """From sequences of rows, WIDTH wide, to the same."""
    rows = st.sampled_from(OF_ROWS).map(lambda make: with_array(chain(make(), make())))
    ends = st.one_of(rows, st.sampled_from(OF_SEQUENCES).map(lambda make: make()))
    if not depth or not draw(st.booleans()):
        return draw(ends)
    inner = networks(kind, depth - 1)
    ways: list[Any] = [
        st.builds(chain, inner, inner),
        st.builds(add, inner, inner),
        st.builds(concatenate, inner, inner).map(lambda wide: wide >> with_array(Linear(WIDTH))),
        inner.map(residual),
        inner.map(recompute),
        inner.map(lambda layer: tap(layer, "here")),
        networks("list", depth - 1).map(with_list),
        networks("ragged", depth - 1).map(with_ragged),
        networks("padded", depth - 1).map(with_padded),
    ]
    if kind != "padded":  # whose parts are not sorted like the whole
        ways.append(inner.map(lambda layer: microbatch(layer, 2)))
    return draw(st.one_of(ways))


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data(), kind=st.sampled_from(sorted(KINDS)), n=st.integers(0, 4))
def test_any_composition_keeps_the_laws(data: st.DataObject, kind: str, n: int) -> None:
    sample = sample_of(KINDS[kind], width=WIDTH)
    model: Net = data.draw(networks(kind))
    model.initialize(X=sample(np.random.default_rng(9), 4), seed=0)
    X = sample(np.random.default_rng(n), n)
    if n:
        assert_is_gradient(model, X, rtol=1e-5)
    with read_only():
        Y, dX, gradients = step(model, X)
    with fusion(False):
        assert_same((Y, dX, gradients), step(model, X), rtol=1e-3)
    assert_same(gradients, step(model, X, need_dX=False)[2], rtol=1e-5)
    assert_same(Y, step(pickle.loads(pickle.dumps(model)), X)[0])
    assert_same(model.predict(X), model.copy().from_bytes(model.to_bytes()).predict(X))
