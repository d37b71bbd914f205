"""The models of the golden files, and what makes the files: ``python -m tests.golden.kinds DIR``.

A release that changes what files hold adds a directory here, made by the command above, and
never touches the older ones: they say what earlier versions wrote. With ``--plain`` the files
have no probe, which makes them of the first format.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import combinet
from combinet import (
    Adam,
    Dropout,
    Linear,
    Model,
    PyTorchWrapper,
    Relu,
    Softmax,
    registry,
    with_padded,
)

X = np.linspace(-1, 1, 12, dtype="float32").reshape(4, 3)
WORDS = [["Two", "words", "and", "12"], [], ["words"]]
Net = Model[Any, Any]


class Kind(NamedTuple):
    """How a model is built, a sample of its input, and the module that it needs, if any."""

    build: Callable[[], Net]
    sample: Any
    needs: str | None = None


def _chain() -> Net:
    model = Relu(4, 3, normalize=True) >> Dropout(0.2) >> Softmax(3, 4)
    model.attrs.update(labels={1: ("a", b"b"), (2, 3): {"x"}}, table=np.arange(3), rate=None)
    model.set_ref("head", model.layers[-1])
    return model


def _tok2vec() -> Net:
    build = registry.architectures.get("combinet.HashEmbedCNN.v1")
    settings = {"width": 4, "depth": 1, "embed_size": 10, "window_size": 1, "maxout_pieces": 2}
    return build(**settings, subword_features=True, pretrained_vectors=False)  # type: ignore[no-any-return]


def _tied() -> Net:
    first = Linear(3, 3)
    return first >> Relu(3, 3) >> first >> combinet.tie(Linear(3, 3), first, W="W")


def _lstm() -> Net:
    return with_padded(combinet.LSTM(4, 3, bi=True, depth=2))


def _torch() -> Net:
    import torch

    return PyTorchWrapper(
        torch.nn.Sequential(
            torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Tanh(), torch.nn.Linear(4, 2)
        )
    )


KINDS = {
    "chain": Kind(_chain, X),
    "tok2vec": Kind(_tok2vec, WORDS),
    "tied": Kind(_tied, X),
    "lstm": Kind(_lstm, [X, X[:2], X[:1]]),
    "torch": Kind(_torch, X, "torch"),
}


def trained(name: str) -> Net:
    """A model of this kind with numbers in every parameter."""
    kind = KINDS[name]
    model = kind.build().initialize(X=kind.sample, seed=3)
    rng = np.random.default_rng(5)
    for row in model.parameters():
        row.weights[...] = rng.standard_normal(row.weights.shape) / 2
    return model


def steps(model: Net, optimizer: Adam, count: int) -> None:
    """Steps on gradients that do not depend on what a machine rounds how."""
    for _ in range(count):
        rows = list(model.parameters())
        for i, row in enumerate(rows):
            row.gradient = np.full(row.weights.shape, 0.1 * (i + 1), "float32")
        optimizer.update(rows)
        optimizer.step_schedules()


def plain(value: Any) -> Any:
    """An output as JSON takes it."""
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return np.asarray(value, "float64").round(6).tolist()


def archived() -> Net:
    """The model of the archives."""
    return trained("chain").layers[0]


def make(folder: Path, *, probed: bool) -> None:
    """Write the files of this version into a folder that is not there yet."""
    folder.mkdir()
    expected: dict[str, Any] = {}
    for name, kind in KINDS.items():
        model = trained(name)
        expected[name] = plain(model.predict(kind.sample))
        sample = {"sample": kind.sample} if probed else {}
        model.to_disk(folder / f"{name}.safetensors", **sample)
    model, optimizer = trained("tied"), Adam(0.01)
    steps(model, optimizer, 2)
    optimizer.to_disk(folder / "optimizer.safetensors", {"model": model})
    steps(model, optimizer, 2)
    expected["optimizer"] = plain([row.weights for row in model.parameters()])
    sample = {"sample": X} if probed else {}
    for name in ("archive", "archive.zip"):
        combinet.save(
            archived(),
            folder / name,
            vocabulary={"labels": ["ja", "Königreich"]},
            meta={"score": 0.5},
            files={"README.md": b"kept"},
            **sample,
        )
    expected["archive"] = plain(archived().predict(X))
    (folder / "expected.json").write_text(json.dumps(expected))


if __name__ == "__main__":
    make(Path(sys.argv[1]), probed="--plain" not in sys.argv)
