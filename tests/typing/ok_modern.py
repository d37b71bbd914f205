"""Attention, recurrent layers and the combinators around one layer keep types."""

from typing import Any, assert_type

import numpy as np

from combinet import Gelu, Linear, Model, Relu, with_array
from combinet.combinators import (
    clip_gradient,
    freeze,
    microbatch,
    named,
    parallel,
    recompute,
    reverse_gradient,
    scale_gradient,
    select,
    switch,
    tap,
    tie,
)
from combinet.layers import (
    GEGLU,
    GRU,
    AttentionPool,
    Conv1d,
    CrossAttention,
    Embed,
    LearnedPositions,
    MultiHeadAttention,
    RMSNorm,
    RotaryPositions,
    SwiGLU,
    TransformerEncoderBlock,
    elementwise,
    layer,
)
from combinet.types import Floats2d, Ints1d, Padded, Ragged

Rows = Model[Floats2d, Floats2d]
Lists = Model[list[Floats2d], list[Floats2d]]

assert_type(GRU(4, bi=True, depth=2), Model[Padded, Padded])
assert_type(MultiHeadAttention(2), Model[Ragged, Ragged])
assert_type(MultiHeadAttention(2, of="list"), Lists)
assert_type(MultiHeadAttention(2, of="padded"), Model[Padded, Padded])
assert_type(CrossAttention(2), Model[tuple[Ragged, Ragged], Ragged])
assert_type(LearnedPositions(9) >> RotaryPositions(2), Model[Ragged, Ragged])
assert_type(Conv1d(3, of="list"), Lists)
assert_type(Conv1d(3) >> AttentionPool(), Model[Ragged, Floats2d])
assert_type(GEGLU(4) >> RMSNorm() >> SwiGLU(3), Rows)
assert_type(
    TransformerEncoderBlock(MultiHeadAttention(2), Gelu(8) >> Linear()), Model[Ragged, Ragged]
)
assert_type(
    TransformerEncoderBlock(MultiHeadAttention(2, of="list"), Gelu(8) >> Linear())
    >> with_array(Relu()),
    Lists,
)
for same in (recompute, freeze, reverse_gradient):
    assert_type(same(Relu(3)), Rows)
assert_type(scale_gradient(Relu(3), 0.1) >> clip_gradient(Linear(2), 1.0), Rows)
assert_type(tap(Relu(3), "hidden") >> microbatch(Linear(2), 8), Rows)
assert_type(switch("a", {"a": Relu(3), "b": Linear(3)}), Rows)
assert_type(tie(Linear(), Embed(4, 9), W="E"), Rows)
assert_type(Embed(4, 9) >> freeze(Linear(3)), Model[Ints1d, Floats2d])
assert_type(
    parallel(Relu(3), with_array(Linear(2))),
    Model[tuple[Floats2d, list[Floats2d]], tuple[Floats2d, list[Floats2d]]],
)
assert_type(named(a=Relu(3), b=Linear(2)), Model[Floats2d, dict[str, Any]])
assert_type(select("a"), Model[dict[str, Any], Any])
assert_type(Linear(3) >> elementwise(np.sin, np.cos) >> Linear(2), Rows)


@layer
def Square(X: Any) -> Any:
    def backprop(dY: Any) -> Any:
        return 2 * X * dY

    return X * X, backprop


assert_type(Square(), Model[Any, Any])
