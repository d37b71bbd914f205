"""Training and predicting for long takes no more memory than for a while."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from combinet import (
    Adam,
    CategoricalCrossentropy,
    Dropout,
    Maxout,
    Model,
    Ragged,
    Relu,
    Softmax,
    chain,
    expand_window,
    freeze,
    residual,
    with_array,
)

RESIDENT = Path("/proc/self/statm")
#: What the allocator and the garbage collector may be late by.
SLACK = 1_000_000

pytestmark = pytest.mark.skipif(not RESIDENT.exists(), reason="memory is read off Linux's /proc")


def resident() -> int:
    """Bytes of this process in memory, once all garbage is gone."""
    gc.collect()
    return int(RESIDENT.read_text("ascii").split()[1]) * 4096


def growth(work: Callable[[int], object], times: int) -> int:
    """How many bytes more ``times`` calls take than the calls before them took."""
    for i in range(200):
        work(i)
    before = resident()
    for i in range(times):
        work(i)
    return resident() - before


def mlp() -> Model[Any, Any]:
    return chain(Relu(32, 16), Dropout(0.2), freeze(Relu(32, 32)), Softmax(4, 32)).initialize()


def tagger() -> Model[Any, Any]:
    layer = with_array(Maxout(8, 24, 2, normalize=True, dropout=0.1), of="ragged")
    window = residual(chain(expand_window(1, of="ragged"), layer))
    return chain(window, with_array(Softmax(4, 8), of="ragged")).initialize()


def updates(model: Model[Any, Any], is_ragged: bool) -> Callable[[int], object]:
    """Steps on batches of five sizes, so that no buffer serves them all."""
    rng, loss, optimizer = np.random.default_rng(0), CategoricalCrossentropy(), Adam(1e-6)
    batches = [rng.normal(size=(n, 8 if is_ragged else 16)).astype("f") for n in (8, 1, 9, 30, 0)]
    labels = [rng.integers(0, 4, len(batch)) for batch in batches]

    def work(i: int) -> None:
        X, y = batches[i % 5], labels[i % 5]
        given = Ragged(X, [len(X)]) if is_ragged else X
        Y, backprop = model.begin_update(given)
        dY, _ = loss(Y.data if is_ragged else Y, y)
        backprop(Ragged(dY, Y.lengths) if is_ragged else dY)
        model.finish_update(optimizer)

    return work


def predicts(model: Model[Any, Any], is_ragged: bool) -> Callable[[int], object]:
    X = np.ones((9, 8 if is_ragged else 16), "f")
    given = Ragged(X, [4, 5]) if is_ragged else X
    return lambda i: model.predict(given)


CASES = {"mlp": (mlp, False), "tagger": (tagger, True)}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(
    "count", [1000, pytest.param(10_000, marks=pytest.mark.slow)], ids=["some", "many"]
)
def test_updates_leave_memory_flat(case: str, count: int) -> None:
    make, is_ragged = CASES[case]
    assert growth(updates(make(), is_ragged), count) < SLACK


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(
    "count", [3000, pytest.param(100_000, marks=pytest.mark.slow)], ids=["some", "many"]
)
def test_predicts_leave_memory_flat(case: str, count: int) -> None:
    make, is_ragged = CASES[case]
    assert growth(predicts(make(), is_ragged), count) < SLACK


def test_the_check_notices_a_leak() -> None:
    kept: list[Any] = []
    assert growth(lambda i: kept.append(np.ones(125_000)), 100) > SLACK


def test_models_that_come_and_go_leave_memory_flat() -> None:
    optimizer, X = Adam(), np.ones((2, 16), "f")

    def work(i: int) -> None:
        model = mlp()
        Y, backprop = model.begin_update(X)
        backprop(Y)
        model.finish_update(optimizer)
        optimizer.forget(list(optimizer.nr_update))

    assert growth(work, 300) < SLACK
