"""Cases for attention, recurrent and convolutional layers, and for what only closures make easy."""

from __future__ import annotations

from typing import Any

import numpy as np

from combinet.combinators.clip_gradient import clip_gradient
from combinet.combinators.concatenate import concatenate
from combinet.combinators.freeze import freeze
from combinet.combinators.microbatch import microbatch
from combinet.combinators.named import named
from combinet.combinators.parallel import parallel
from combinet.combinators.recompute import recompute
from combinet.combinators.scale_gradient import reverse_gradient, scale_gradient
from combinet.combinators.select import select
from combinet.combinators.switch import switch
from combinet.combinators.tap import tap
from combinet.combinators.tie import tie
from combinet.combinators.with_array import with_array
from combinet.layers.conv1d import Conv1d
from combinet.layers.crossattention import CrossAttention
from combinet.layers.dropout import Dropout
from combinet.layers.embed import Embed
from combinet.layers.from_function import elementwise, from_function
from combinet.layers.gelu import Gelu
from combinet.layers.gru import GRU
from combinet.layers.learnedpositions import LearnedPositions
from combinet.layers.linear import Linear
from combinet.layers.multiheadattention import MultiHeadAttention
from combinet.layers.relu import Relu
from combinet.layers.rmsnorm import RMSNorm
from combinet.layers.rotarypositions import RotaryPositions
from combinet.layers.softmax import Softmax
from combinet.layers.transformerencoderblock import TransformerEncoderBlock
from combinet.testing import register_case, sample_of
from combinet.types import Floats2d, Ints1d, Padded, Ragged

ARRAY, LIST = sample_of(Floats2d), sample_of(list[Floats2d])
RAGGED, PADDED = sample_of(Ragged), sample_of(Padded)
SEQUENCES = {"list": LIST, "ragged": RAGGED, "padded": PADDED}
CONTAINERS = {"array": ARRAY, **SEQUENCES}


def double(X: Any) -> Any:
    return 2 * X


def double_back(dY: Any, X: Any, Y: Any) -> Any:
    return 2 * dY


def is_large(X: Any) -> bool:
    return len(X) > 500


def listen(kind: str, value: Any) -> None:
    """Hear and forget."""


def entries(rng: np.random.Generator, n: int) -> dict[str, Any]:
    return {"a": ARRAY(rng, n), "b": ARRAY(rng, n)}


def turned(*kinds: Any) -> Any:
    """A tuple of samples."""
    return lambda rng, n: tuple(kind(rng, n) for kind in kinds)


def net() -> Any:
    return with_array(Relu(4, dropout=0.3) >> Linear(5))


for kind, sample in CONTAINERS.items():
    register_case("recompute.v1", lambda: recompute(net()), sample, variant=kind)
    register_case("freeze.v1", lambda: freeze(net()), sample, variant=kind)
    register_case("scale_gradient.v1", lambda: scale_gradient(net(), 0.3), sample, variant=kind)
    register_case("reverse_gradient.v1", lambda: reverse_gradient(net()), sample, variant=kind)
    register_case("clip_gradient.v1", lambda: clip_gradient(net(), 0.2), sample, variant=kind)
    register_case("tap.v1", lambda: tap(net(), "net"), sample, variant=kind)
    register_case("switch.v1", lambda: switch("a", {"a": net(), "b": net()}), sample, variant=kind)
    if kind != "padded":
        register_case("microbatch.v1", lambda: microbatch(net(), 3), sample, variant=kind)

register_case("recompute.v1", lambda: recompute(Softmax(3)), ARRAY, variant="of logits")
register_case("freeze.v1", lambda: freeze(Softmax(3)), ARRAY, variant="of logits")
register_case("clip_gradient.v1", lambda: clip_gradient(net(), 1e9), ARRAY, variant="short")
register_case(
    "scale_gradient.v1", lambda: scale_gradient(freeze(net()), 0.3), ARRAY, variant="frozen"
)
register_case(
    "reverse_gradient.v1",
    lambda: reverse_gradient(parallel(Linear(3), Linear(2)), 0.5),
    turned(ARRAY, ARRAY),
    variant="tuple",
)
register_case(
    "clip_gradient.v1",
    lambda: clip_gradient(named(c=select("a") >> Linear(3), d=select("b") >> Linear(2)), 0.2),
    entries,
    variant="dict",
)
register_case("tap.v1", lambda: tap(Linear(3), listen), ARRAY, variant="listener")
register_case(
    "switch.v1", lambda: switch(is_large, {True: Relu(3), False: Linear(3)}), ARRAY, variant="input"
)
register_case(
    "microbatch.v1",
    lambda: microbatch(parallel(Linear(3), Linear(2)), 2),
    turned(ARRAY, ARRAY),
    variant="tuple",
)
register_case("parallel.v1", lambda: parallel(Relu(4), net()), turned(ARRAY, RAGGED))
register_case("select.v1", lambda: select(1), turned(RAGGED, LIST, PADDED))
register_case(
    "select.v1",
    lambda: select("b"),
    entries,
    variant="dict",
    skip={"output_is_what_check_says": "what a dict holds is known from data alone"},
)
register_case("named.v1", lambda: named(a=Relu(3), b=Relu(4) >> Linear(2)), ARRAY)
register_case(
    "named.v1",
    lambda: named(c=select("a") >> Relu(3), d=select("b") >> Linear(2)),
    entries,
    variant="dict",
)


def shared_table() -> Any:
    """An output layer that uses the table of the embedding."""
    table = Embed(4, 10)
    return table >> Relu(4) >> tie(Linear(), table, W="E")


register_case("tie.v1", shared_table, sample_of(Ints1d))
register_case("tie.v1", lambda: tie(Linear(), Linear(3)), ARRAY, variant="all")

for kind, sample in SEQUENCES.items():
    register_case("Conv1d.v1", lambda: Conv1d(3, window_size=2), sample, variant=kind)
    register_case("LearnedPositions.v1", lambda: LearnedPositions(6), sample, variant=kind)
    register_case(
        "MultiHeadAttention.v1",
        lambda: MultiHeadAttention(2, 4, causal=True, rotary_period=20.0, dropout=0.3),
        sample,
        variant=kind,
    )
    register_case(
        "CrossAttention.v1",
        lambda: CrossAttention(2, 4, dropout=0.3),
        turned(sample, LIST),
        variant=kind,
    )
    register_case(
        "RotaryPositions.v1",
        lambda: RotaryPositions(2, period=20.0),
        sample_of({"list": list[Floats2d], "ragged": Ragged, "padded": Padded}[kind], width=8),
        variant=kind,
    )
    register_case(
        "TransformerEncoderBlock.v1",
        lambda: TransformerEncoderBlock(MultiHeadAttention(1), Gelu(7) >> Linear(), dropout=0.2),
        sample,
        variant=kind,
    )
register_case("MultiHeadAttention.v1", lambda: MultiHeadAttention(2, 6), RAGGED, variant="plain")
register_case(
    "CrossAttention.v1", lambda: CrossAttention(2, 4), turned(RAGGED, PADDED), variant="mixed"
)
register_case(
    "TransformerEncoderBlock.v1",
    lambda: TransformerEncoderBlock(
        MultiHeadAttention(1), Relu(7) >> Linear(), order="post-norm", norm=RMSNorm()
    ),
    RAGGED,
    variant="post-norm",
)
register_case("GRU.v1", GRU, PADDED)
register_case("GRU.v1", lambda: GRU(bi=True, depth=3, dropout=0.3), PADDED, variant="deep")
register_case("from_function.v1", lambda: from_function(double, double_back), ARRAY)
register_case("elementwise.v1", lambda: elementwise(np.sin, np.cos), ARRAY)
register_case(
    "elementwise.v1", lambda: Linear(3) >> elementwise(np.sin, np.cos), ARRAY, variant="chained"
)
register_case(
    "elementwise.v1",
    lambda: concatenate(Dropout(0.2), elementwise(np.exp, np.exp)),
    ARRAY,
    variant="concatenated",
)
