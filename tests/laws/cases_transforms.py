"""Cases for the combinators that change how, where, or how often their layer runs."""

from __future__ import annotations

from typing import Any

import numpy as np

from combinet.combinators.bidirectional import bidirectional
from combinet.combinators.resizable import resizable, resize_linear_weighted
from combinet.combinators.siamese import siamese
from combinet.combinators.uniqued import uniqued
from combinet.combinators.with_array import with_array
from combinet.combinators.with_array2d import with_array2d
from combinet.combinators.with_cpu import with_cpu
from combinet.combinators.with_flatten import with_flatten
from combinet.combinators.with_flatten_v2 import with_flatten_v2
from combinet.combinators.with_getitem import with_getitem
from combinet.combinators.with_reshape import with_reshape
from combinet.layers.cauchysimilarity import CauchySimilarity
from combinet.layers.hashembed import HashEmbed
from combinet.layers.linear import Linear
from combinet.layers.list2array import list2array
from combinet.layers.lstm import LSTM
from combinet.layers.parametricattention_v2 import ParametricAttention_v2
from combinet.layers.relu import Relu
from combinet.layers.remap_ids import remap_ids
from combinet.model import Model
from combinet.ops import get_ops
from combinet.testing import register_case, sample_of
from combinet.types import Floats2d, Floats3d, Ints2d, Padded, Ragged

ARRAY, LIST = sample_of(Floats2d), sample_of(list[Floats2d])
RAGGED, PADDED = sample_of(Ragged), sample_of(Padded)
CONTAINERS = {"array": ARRAY, "list": LIST, "ragged": RAGGED, "padded": PADDED}
PAIR = sample_of(tuple[Floats2d, Floats2d])


def lists_of_rows(rng: np.random.Generator, n: int) -> list[list[Any]]:
    """n lists of up to three arrays, each with one row; an empty list among them."""
    sizes = [int(rng.integers(0, 4)) if i else 0 for i in range(n)]
    return [[ARRAY(rng, 1) for _ in range(size)] for size in sizes]


def lists_of_words(rng: np.random.Generator, n: int) -> list[list[str]]:
    """n lists of words."""
    made: list[list[str]] = sample_of(list[list[str]])(rng, n)
    return made


def rows_of_list() -> Model[Any, Any]:
    """From a list of arrays of one row to all their rows; nothing says how wide those are."""
    return list2array() >> Linear(3, 5)


for kind, sample in CONTAINERS.items():
    register_case(
        "with_array2d.v1", lambda: with_array2d(Relu(4) >> Linear(3)), sample, variant=kind
    )
    register_case(
        "with_cpu.v1", lambda: with_cpu(with_array(Relu(3)), get_ops("cpu")), sample, variant=kind
    )
    register_case(
        "resizable.v1",
        lambda: resizable(with_array(Relu(3)), resize_linear_weighted),
        sample,
        variant=kind,
    )

register_case("with_array2d.v1", lambda: with_array2d(Relu(3)), sample_of(Floats3d), variant="3d")
register_case("with_reshape.v1", lambda: with_reshape(Relu(3)), sample_of(Floats3d))
register_case("bidirectional.v1", lambda: bidirectional(LSTM(3)), PADDED)
register_case(
    "bidirectional.v1",
    lambda: bidirectional(with_array(Relu(3)), with_array(Linear(2))),
    PADDED,
    variant="of rows",
)
register_case("siamese.v1", lambda: siamese(Relu(3), CauchySimilarity()), PAIR)
register_case(
    "uniqued.v1", lambda: uniqued(HashEmbed(4, 20, column=1), column=1), sample_of(Ints2d)
)
register_case(
    "with_getitem.v1",
    lambda: with_getitem(-2, with_array(Linear(3))),
    sample_of(tuple[Floats2d, Ragged, Padded]),
)
register_case("with_flatten.v1", lambda: with_flatten(remap_ids({"abc": 1}, 2)), lists_of_words)
register_case(
    "with_flatten.v1", lambda: with_flatten(rows_of_list()), lists_of_rows, variant="rows"
)
register_case("with_flatten.v2", lambda: with_flatten_v2(with_array(Linear(3, 5))), lists_of_rows)
register_case("ParametricAttention.v2", ParametricAttention_v2, RAGGED)
register_case(
    "ParametricAttention.v2",
    lambda: ParametricAttention_v2(key_transform=Linear()),
    RAGGED,
    variant="keys",
)
