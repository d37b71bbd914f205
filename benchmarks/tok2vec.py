"""A tagger over embedded words, as spaCy builds it: 64 documents of about 20 words.

Four hashed tables side by side, mixed by a maxout layer; four window encoders, which see one word
on each side and stop at the ends of a document; a softmax over 17 classes. Layers whose library
hashes get ids, torch gets the rows of its tables ready.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from .peers.composed import Composed, both, named
from .peers.with_torch import TorchModule, copy_in
from .workload import Arrays, Case, Entrant, Settings, Workload

WIDTH, PIECES, DEPTH, CLASSES, HASHES = 96, 3, 4, 17, 4
ROWS = (5000, 1000, 2500, 2500)
SEED = 8  # of the first table; the others follow


def tok2vec_settings(docs: int = 64, rows: tuple[int, ...] = ROWS) -> dict[str, Any]:
    return {"docs": docs, "rows": list(rows), "dropout": 0.1}


def tok2vec_given(settings: Settings) -> dict[str, Any]:
    """Weights in Thinc's layout; ids (words, 4); rows (words, 4 tables, 4 hashes)."""
    rng, rows = np.random.default_rng(0), settings["rows"]
    docs: int = settings["docs"]
    lengths = np.maximum(rng.poisson(20, docs), 3).astype("int32")
    words = int(lengths.sum())
    ids = np.minimum(rng.zipf(1.3, (words, len(rows))), 20_000).astype("uint64")
    ids = ids * np.uint64(2654435761) + np.arange(len(rows), dtype="uint64")
    ops: Any = import_module("combinet").NumpyOps()
    hashed = [
        ops.hash_rows(np.ascontiguousarray(ids[:, j]), SEED + j, nV) for j, nV in enumerate(rows)
    ]
    given: dict[str, Any] = {
        "lengths": lengths,
        "ids": ids,
        "rows": np.stack(hashed, 1),
        "y": rng.integers(0, CLASSES, words),
        "W_out": rng.standard_normal((CLASSES, WIDTH), dtype="f") * np.float32(0.1),
        "b_out": np.zeros(CLASSES, "f"),
    }
    for j, nV in enumerate(rows):
        given[f"E{j}"] = rng.uniform(-0.1, 0.1, (nV, WIDTH)).astype("f")
    for i, nI in enumerate([WIDTH * len(rows), *[3 * WIDTH] * DEPTH]):
        scale = np.float32(1 / np.sqrt(nI))
        given[f"W{i}"] = rng.standard_normal((WIDTH, PIECES, nI), dtype="f") * scale
        given[f"b{i}"] = rng.standard_normal((WIDTH, PIECES), dtype="f") * np.float32(0.1)
        given[f"G{i}"] = 1 + rng.standard_normal(WIDTH, dtype="f") * np.float32(0.1)
        given[f"c{i}"] = rng.standard_normal(WIDTH, dtype="f") * np.float32(0.1)
    return given


def _composed(lib: Composed, settings: Settings, given: Arrays) -> Entrant:
    api, dropout = lib.api, settings["dropout"]
    tables = [
        api.HashEmbed(WIDTH, nV, seed=SEED + j, column=j) for j, nV in enumerate(settings["rows"])
    ]
    maxouts = [
        api.Maxout(WIDTH, nI, nP=PIECES, normalize=True, dropout=dropout or None)
        for nI in [WIDTH * len(tables), *[3 * WIDTH] * DEPTH]
    ]
    encoders = [
        api.residual(api.chain(api.expand_window(1), api.with_array(layer)))
        for layer in maxouts[1:]
    ]
    softmax = api.Softmax(CLASSES, WIDTH)
    embed = api.chain(api.concatenate(*tables), maxouts[0])
    model = api.chain(api.list2ragged(), api.with_array(embed), *encoders, api.with_array(softmax))
    Xs = np.split(given["ids"], np.cumsum(given["lengths"])[:-1])
    model.initialize(X=Xs[:2])
    places = [(named(table, "hashembed"), "E", f"E{j}") for j, table in enumerate(tables)]
    for i, layer in enumerate(maxouts):
        maxout, norm = named(layer, "maxout"), named(layer, "layernorm")
        places += [(maxout, "W", f"W{i}"), (maxout, "b", f"b{i}")]
        places += [(norm, "G", f"G{i}"), (norm, "b", f"c{i}")]
    places += [(softmax, "W", "W_out"), (softmax, "b", "b_out")]
    gradient = lib.over_rows(lib.gradient_of_loss(given["y"], CLASSES))
    return lib.entrant(model, Xs, gradient, places, given, rows=lambda Yr: Yr.dataXd)


def _torch(settings: Settings, given: Arrays, variant: str) -> Entrant:
    torch: Any = import_module("torch")
    nn, F = torch.nn, torch.nn.functional
    widths = [WIDTH * len(settings["rows"]), *[3 * WIDTH] * DEPTH]
    tables = [nn.EmbeddingBag(nV, WIDTH, mode="sum") for nV in settings["rows"]]
    dense = [nn.Linear(nI, WIDTH * PIECES) for nI in widths]
    norms = [nn.LayerNorm(WIDTH, eps=1e-8) for _ in widths]
    softmax, dropout = nn.Linear(WIDTH, CLASSES), nn.Dropout(settings["dropout"])
    module = nn.ModuleList([*tables, *dense, *norms, softmax, dropout])
    parameters = {f"E{j}": table.weight for j, table in enumerate(tables)}
    for i, (layer, norm) in enumerate(zip(dense, norms, strict=True)):
        parameters |= {f"W{i}": layer.weight, f"b{i}": layer.bias}
        parameters |= {f"G{i}": norm.weight, f"c{i}": norm.bias}
    parameters |= {"W_out": softmax.weight, "b_out": softmax.bias}
    copy_in(parameters, given)

    def maxout(i: int, X: Any) -> Any:
        pieces = dense[i](X).view(-1, WIDTH, PIECES)
        return dropout(norms[i](pieces.max(-1).values))

    def forward(module: Any, rows: list[Any], has_left: Any, has_right: Any) -> Any:
        out = maxout(0, torch.cat([table(r) for table, r in zip(tables, rows, strict=True)], 1))
        for i in range(1, DEPTH + 1):
            left = F.pad(out[:-1], (0, 0, 1, 0)) * has_left
            right = F.pad(out[1:], (0, 0, 0, 1)) * has_right
            out = out + maxout(i, torch.cat([left, out, right], 1))
        return softmax(out)

    y = torch.from_numpy(given["y"])
    rows = [torch.from_numpy(given["rows"][:, j].copy()) for j in range(len(tables))]
    inputs = (rows, *(torch.from_numpy(mask) for mask in _inside(given["lengths"])))
    made = TorchModule(module, forward, inputs, lambda Z: F.cross_entropy(Z, y), parameters)
    return made.entrant(variant)


def _inside(lengths: Any) -> tuple[Any, Any]:
    """(words, 1): 1 where a word has another of its document before it, and behind it."""
    starts = np.cumsum(lengths)[:-1]
    has_left, has_right = np.ones((2, int(lengths.sum()), 1), "f")
    has_left[0] = has_right[-1] = 0
    has_left[starts] = has_right[starts - 1] = 0
    return has_left, has_right


def _roof(settings: Settings, work: str) -> tuple[float, float]:
    """Products, and Adam over every parameter; the documents have about 20 words."""
    words, dense = 20 * settings["docs"], WIDTH * PIECES
    sizes = [dense * WIDTH * len(settings["rows"]), *[dense * 3 * WIDTH] * DEPTH, CLASSES * WIDTH]
    product = 2 * words * sum(sizes)
    if work == "predict":
        return product, 0
    return 3 * product, 32 * (sum(sizes) + WIDTH * sum(settings["rows"]))


WORKLOAD = Workload(
    name="tok2vec",
    cases=[Case("64 docs", tok2vec_settings())],
    given=tok2vec_given,
    builders={**both(_composed), "torch": _torch},
    bars={
        "train": {
            "thinc": 4,
            "torch": 1.6,
            "torch, fused Adam": 1.5,
            "torch.compile": 1.6,
            "roof": 1.3,
        },
        "predict": {"thinc": 4, "torch": 1.6, "torch.compile": 1.05, "roof": 1.3},
    },
    roof=_roof,
    tolerance=1e-2,  # where two pieces of a maxout are all but equal, rounding decides
)
