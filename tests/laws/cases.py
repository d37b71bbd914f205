"""Cases for the layers that the laws cannot build from their annotations alone."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from typing import Any

import numpy as np

import combinet.combinators
import combinet.layers
from combinet.chain import chain
from combinet.combinators.add import add
from combinet.combinators.clone import clone
from combinet.combinators.concatenate import concatenate
from combinet.combinators.noop import noop
from combinet.combinators.residual import residual
from combinet.combinators.tuplify import tuplify
from combinet.combinators.with_array import with_array
from combinet.combinators.with_list import with_list
from combinet.combinators.with_padded import with_padded
from combinet.combinators.with_ragged import with_ragged
from combinet.layers.dropout import Dropout
from combinet.layers.embed import Embed
from combinet.layers.hashembed import HashEmbed
from combinet.layers.linear import Linear
from combinet.layers.maxout import Maxout
from combinet.layers.multisoftmax import MultiSoftmax
from combinet.layers.premap_ids import premap_ids
from combinet.layers.relu import Relu
from combinet.layers.remap_ids import remap_ids, remap_ids_v2
from combinet.layers.softmax import Softmax
from combinet.registry import registry
from combinet.testing import register_case, sample_of
from combinet.testing.samples import lengths_of
from combinet.types import Floats2d, Ints1d, Ints2d, Padded, Ragged

for package in (combinet.layers, combinet.combinators):
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)

ARRAY, LIST = sample_of(Floats2d), sample_of(list[Floats2d])
RAGGED, PADDED = sample_of(Ragged), sample_of(Padded)
SEQUENCES = {"list": LIST, "ragged": RAGGED, "padded": PADDED}
CONTAINERS = {"array": ARRAY, **SEQUENCES}

for kind, sample in CONTAINERS.items():
    register_case("Dropout.v1", lambda: Dropout(0.4), sample, variant=kind)
    register_case("with_array.v1", lambda: with_array(Relu(4) >> Linear(3)), sample, variant=kind)
    register_case("residual.v1", lambda: residual(with_array(Linear(5))), sample, variant=kind)
    register_case("noop.v1", lambda: noop(), sample, variant=kind)
    register_case(
        "concatenate.v1",
        lambda: concatenate(with_array(Linear(3)), with_array(Relu(4)), with_array(Linear(2))),
        sample,
        variant=kind,
    )
    register_case(
        "add.v1", lambda: add(with_array(Relu(3)), with_array(Relu(3))), sample, variant=kind
    )
    register_case(
        "tuplify.v1",
        lambda: tuplify(with_array(Relu(3)), with_array(Linear(2))),
        sample,
        variant=kind,
    )
    register_case("clone.v1", lambda: clone(with_array(Linear(5)), 3), sample, variant=kind)

for kind, sample in SEQUENCES.items():
    for name, make in {
        "with_list.v1": lambda: with_list(with_array(Linear(3))),
        "with_ragged.v1": lambda: with_ragged(with_array(Linear(3))),
        "with_padded.v1": lambda: with_padded(with_array(Linear(3))),
    }.items():
        register_case(name, make, sample, variant=kind)

for name in ("reduce_first.v1", "reduce_last.v1", "reduce_max.v1"):  # of nothing there is none
    register_case(name, registry.layers.get(name), sample_of(Ragged, shortest=1))

register_case("chain.v1", lambda: chain(Relu(4), Linear(3), Dropout(0.2)), ARRAY)
register_case("chain.v1", lambda: chain(Relu(4), Softmax(3)), ARRAY, variant="of logits")
register_case(
    "chain.v1",
    lambda: chain(with_array(Relu(4)), with_array(Softmax(3))),
    LIST,
    variant="of logits, list",
)
for layer in (Relu, Maxout):
    name = f"{layer.__name__}.v1"
    register_case(name, layer, ARRAY)
    register_case(
        name, lambda layer=layer: layer(4, normalize=True, dropout=0.3), ARRAY, variant="all"
    )
register_case("Embed.v1", lambda: Embed(4, 10), sample_of(Ints1d))
register_case(
    "Embed.v1", lambda: Embed(4, 10, column=1, dropout=0.3), sample_of(Ints2d), variant="column"
)
register_case("HashEmbed.v1", lambda: HashEmbed(4, 20), sample_of(Ints1d))
register_case(
    "HashEmbed.v1",
    lambda: HashEmbed(4, 20, column=1, dropout=0.3),
    sample_of(Ints2d),
    variant="column",
)

register_case("MultiSoftmax.v1", lambda: MultiSoftmax((2, 1, 3)), ARRAY)

TABLE = {i: 2 * i for i in range(7)}
for name, ids in {
    "premap_ids.v1": lambda **column: premap_ids(TABLE, 3, **column),
    "remap_ids.v1": lambda: remap_ids(TABLE, 3),
    "remap_ids.v2": lambda **column: remap_ids_v2(TABLE, 3, **column),
}.items():
    register_case(name, ids, sample_of(Ints1d))
    if name != "remap_ids.v1":
        register_case(name, lambda ids=ids: ids(column=1), sample_of(Ints2d), variant="column")


def features(rng: np.random.Generator, n: int) -> tuple[Any, Any, Any]:
    """Keys, values, and how many of them each row has."""
    lengths = lengths_of(rng, n)
    keys = rng.integers(0, 2**63, size=int(lengths.sum()), dtype="uint64")
    return keys, rng.standard_normal(len(keys)).astype("float32"), lengths


for name in ("SparseLinear.v1", "SparseLinear.v2"):
    register_case(name, lambda name=name: registry.layers.get(name)(length=32), features)

#: Everything that the rings of layers and combinators register, whatever else is imported.
NAMES = [
    name
    for name, make in sorted(registry.layers.get_all().items())
    if inspect.unwrap(make).__module__.startswith(
        ("combinet.layers.", "combinet.combinators.", "combinet.chain")
    )
]
