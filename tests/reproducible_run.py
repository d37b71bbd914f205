"""A program for tests/test_reproducibility.py: trains something, and prints what came of it.

Its arguments are how the process is disturbed, and what it does::

    python reproducible_run.py DISTURBANCE whole
    python reproducible_run.py DISTURBANCE first FOLDER     two epochs, then save
    python reproducible_run.py DISTURBANCE second FOLDER    load, then two epochs
"""

# ruff: noqa: NPY002 - the global state of NumPy is what is disturbed

from __future__ import annotations

import hashlib
import random
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from combinet import (
    Adam,
    CategoricalCrossentropy,
    Dropout,
    HashEmbed,
    Model,
    Relu,
    Softmax,
    clone,
    fix_random_seed,
    list2ragged,
    reduce_mean,
    with_array,
)
from combinet.rng import shuffle_generator

SEED = 7


def network() -> Model[Any, Any]:
    """Embeddings with seeds of their own, dropout, copies of a layer, and a lazy size."""
    embed = HashEmbed(8, 50, column=0) | HashEmbed(8, 50, column=1)
    rows = with_array(embed >> Dropout(0.2), of="ragged")
    return list2ragged() >> rows >> reduce_mean() >> clone(Relu(16), 2) >> Dropout(0.3) >> Softmax()


def data() -> tuple[list[Any], Any]:
    draws = np.random.Generator(np.random.Philox(key=1))
    X = [draws.integers(0, 99, size=(n, 2)).astype("uint64") for n in draws.integers(1, 6, size=40)]
    labels = np.array([int(x[0, 0]) % 3 for x in X])
    return X, np.eye(3, dtype="float32")[labels]


def disturb(how: str) -> None:
    """What other code in the process may do before."""
    if how == "other models":
        for _ in range(3):
            other = (HashEmbed(4, 10) >> Dropout(0.5)).initialize(seed=1)
            other.begin_update(np.zeros(4, dtype="uint64"))
            other.copy()
    elif how == "other draws":
        np.random.seed(None)
        np.random.rand(100)
        random.random()
        shuffle_generator()
    elif how == "other orders":
        import_module("combinet.text")
        import_module("combinet.training")


def train(model: Model[Any, Any], optimizer: Any, epochs: range, how: str) -> None:
    X, Y = data()
    loss = CategoricalCrossentropy()
    for epoch in epochs:
        order = shuffle_generator(SEED, epoch).permutation(len(X))
        for start in range(0, len(X), 8):
            batch = order[start : start + 8]
            guess, backprop = model.begin_update([X[i] for i in batch])
            backprop(loss(guess, Y[batch])[0])
            model.finish_update(optimizer)
            disturb(how if how == "other draws" else "")


def report(model: Model[Any, Any], optimizer: Any) -> None:
    X, _ = data()
    print("weights", hashlib.sha256(model.to_bytes()).hexdigest())
    print("optimizer", hashlib.sha256(optimizer.to_bytes({"model": model})).hexdigest())
    print("output", hashlib.sha256(np.ascontiguousarray(model.predict(X)).tobytes()).hexdigest())


def main(how: str, part: str, folder: Path) -> None:
    fix_random_seed(SEED)
    disturb(how)
    model, optimizer = network(), Adam(0.01)
    X, Y = data()
    if part == "second":
        model.from_disk(folder / "model.safetensors")
        optimizer.from_disk(folder / "optimizer.safetensors", {"model": model})
        train(model, optimizer, range(2, 4), how)
    else:
        model.initialize(X=X, Y=Y, seed=SEED)
        print("initial", hashlib.sha256(model.to_bytes()).hexdigest())
        train(model, optimizer, range(2 if part == "first" else 4), how)
    if part == "first":
        model.to_disk(folder / "model.safetensors")
        optimizer.to_disk(folder / "optimizer.safetensors", {"model": model})
    report(model, optimizer)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3] if len(sys.argv) > 3 else "."))
