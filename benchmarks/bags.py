"""Classifying bags of words: 32 documents of 1,000 tokens, 4 classes.

"sparse linear": a weight for each class and each hashed token, no vocabulary. "mean pool": the
mean of the tokens' embeddings, then a small net. torch gets the hashed rows ready; its sparse
gradients are left out, because its sparse Adam leaves moments as they are and so does less.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from .peers.composed import Composed, both
from .peers.with_torch import TorchModule, copy_in
from .workload import Arrays, Case, Entrant, Settings, Workload

DOCS, TOKENS, CLASSES = 32, 1000, 4
BUCKETS = 2**18
VOCABULARY, WIDTH = 20_000, 64


def bags_given(settings: Settings) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    tokens = np.minimum(rng.zipf(1.2, DOCS * TOKENS), 1 << 30)
    common: dict[str, Any] = {"y": rng.integers(0, CLASSES, DOCS)}
    if settings["model"] == "sparse linear":
        keys = tokens.astype("uint64") * np.uint64(2654435761)
        ops: Any = import_module("combinet").NumpyOps()
        buckets = np.stack([ops.hash_keys(keys, seed) % BUCKETS for seed in (0, 1)], 1)
        return common | {
            "keys": keys,
            "buckets": buckets.astype("int64").ravel(),
            "W": rng.standard_normal((CLASSES, BUCKETS), dtype="f") * np.float32(0.01),
            "b": rng.standard_normal(CLASSES, dtype="f"),
        }
    return common | {
        "ids": np.minimum(tokens, VOCABULARY - 1).astype("int32"),
        "E": rng.uniform(-0.1, 0.1, (VOCABULARY, WIDTH)).astype("f"),
        "W0": rng.standard_normal((WIDTH, WIDTH), dtype="f") * np.float32(0.2),
        "b0": rng.standard_normal(WIDTH, dtype="f") * np.float32(0.1),
        "W1": rng.standard_normal((CLASSES, WIDTH), dtype="f") * np.float32(0.2),
        "b1": np.zeros(CLASSES, "f"),
    }


def _composed(lib: Composed, settings: Settings, given: Arrays) -> Entrant:
    api = lib.api
    gradient = lib.gradient_of_loss(given["y"], CLASSES)
    if settings["model"] == "sparse linear":
        sparse = lib.layer("SparseLinear.v2")(CLASSES, length=BUCKETS)
        softmax = api.get_current_ops().softmax
        sparse.initialize()
        places = [(sparse, "W", "W"), (sparse, "b", "b")]
        X = (given["keys"], np.ones(DOCS * TOKENS, "f"), np.full(DOCS, TOKENS, "int32"))
        return lib.entrant(sparse, X, lambda Z: gradient(softmax(Z)), places, given, rows=softmax)
    embed, relu = api.Embed(WIDTH, VOCABULARY), api.Relu(WIDTH, WIDTH)
    softmax = api.Softmax(CLASSES, WIDTH)
    model = api.chain(api.list2ragged(), api.with_array(embed), api.reduce_mean(), relu, softmax)
    model.initialize()
    places = [(embed, "E", "E"), (relu, "W", "W0"), (relu, "b", "b0")]
    places += [(softmax, "W", "W1"), (softmax, "b", "b1")]
    return lib.entrant(model, np.split(given["ids"], DOCS), gradient, places, given)


def _torch(settings: Settings, given: Arrays, variant: str) -> Entrant:
    torch: Any = import_module("torch")
    nn, y = torch.nn, torch.from_numpy(given["y"])

    def loss(logits: Any) -> Any:
        return nn.functional.cross_entropy(logits, y)

    if settings["model"] == "sparse linear":
        table, b = nn.EmbeddingBag(BUCKETS, CLASSES, mode="sum"), nn.Parameter(torch.zeros(CLASSES))
        module = nn.ParameterList([table.weight, b])
        parameters = {"W": table.weight, "b": b}
        copy_in(parameters, {"W": np.ascontiguousarray(given["W"].T), "b": given["b"]})
        rows, layers, bias = given["buckets"], nn.Sequential(), b
    else:
        table, bias = nn.EmbeddingBag(VOCABULARY, WIDTH, mode="mean"), None
        relu, softmax = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, CLASSES)
        layers = nn.Sequential(relu, nn.ReLU(), softmax)
        module = nn.ModuleList([table, layers])
        parameters = {"E": table.weight, "W0": relu.weight, "b0": relu.bias}
        parameters |= {"W1": softmax.weight, "b1": softmax.bias}
        copy_in(parameters, given)
        rows = given["ids"].astype("int64")

    def forward(module: Any, rows: Any, offsets: Any) -> Any:
        pooled = layers(table(rows, offsets))
        return pooled if bias is None else pooled + bias

    offsets = torch.arange(0, len(rows), len(rows) // DOCS)
    inputs = (torch.from_numpy(rows), offsets)
    made = TorchModule(module, forward, inputs, loss, parameters, as_given=_turned)
    return made.entrant(variant)


def _turned(name: str, array: Any) -> Any:
    return array.T.copy() if name == "W" else array


WORKLOAD = Workload(
    name="bags",
    cases=[
        Case(model, {"model": model, "dropout": 0.0}) for model in ("sparse linear", "mean pool")
    ],
    given=bags_given,
    builders={**both(_composed), "torch": _torch},
    bars={"train": {"thinc": 5, "torch": 4, "torch, fused Adam": 3, "torch.compile": 5}},
    variants=("eager", "no BLIS", "fused", "compile"),
)
