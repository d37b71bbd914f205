"""The kernels give back what they take: memory and references."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from combinet import Adam, Model, Relu, Softmax, chain, fix_random_seed
from tests.ops.layouts import over_arrays, plain
from tests.ops.native.recording import ENTRIES, Call, NativeOps, in_float32, kernels
from tests.ops.native.scenes import SCENES
from tests.ops.native.test_entries import call_safely, served_calls, wrong_for
from tests.ops.row import Draw

STATUS = Path("/proc/self/statm")
PAGE = 4096
on_linux = pytest.mark.skipif(not STATUS.exists(), reason="memory is looked up in /proc")


def resident() -> int:
    """Bytes of memory that this process has."""
    gc.collect()
    return int(STATUS.read_text().split()[1]) * PAGE


@pytest.fixture(scope="module")
def served() -> dict[str, Call]:
    return served_calls()


def references(args: Any) -> list[int]:
    """How often each thing in ``args`` is referred to, but for those that everybody has."""
    counted: list[int] = []

    def count(value: Any) -> None:
        if value is not None and not isinstance(value, int | str | bytes):
            counted.append(sys.getrefcount(value))
        if isinstance(value, list | tuple):
            for item in value:
                count(item)

    count(args)
    return counted


@pytest.mark.parametrize("entry", ENTRIES)
def test_an_entry_keeps_no_reference_to_its_arguments(entry: str, served: dict[str, Call]) -> None:
    args = over_arrays(plain, list(served[entry].args))
    run = getattr(kernels, entry)
    run(*args)  # a stack holds the gradients of its last call
    before = references(args)
    for _ in range(100):
        run(*args)
    assert references(args) == before


@pytest.mark.parametrize("entry", ENTRIES)
def test_declining_keeps_no_reference(entry: str, served: dict[str, Call]) -> None:
    given = served[entry].args
    for i, value in enumerate(given):
        for wrong in wrong_for(value)[::7]:
            args = over_arrays(plain, list(given))
            args[i] = wrong
            call_safely(entry, args)
            before = references(args)
            for _ in range(20):
                call_safely(entry, args)
            after = references(args)
            assert all(abs(b - a) < 15 for a, b in zip(before, after, strict=True)), (i, wrong)


def test_an_array_keeps_its_numbers_when_others_are_made() -> None:
    ops, d = NativeOps(), Draw()
    X, W, b = (a.astype("float32") for a in (d.floats(64, 64), d.floats(64, 64), d.floats(64)))
    kept = [ops.affine(X + np.float32(i), W, b) for i in range(20)]
    copies = [array.copy() for array in kept]
    views = [array[3:5] for array in kept]
    del kept
    for i in range(100):
        ops.affine(X - np.float32(i), W, b)
    for view, copy in zip(views, copies, strict=True):
        np.testing.assert_array_equal(view, copy[3:5])


def test_memory_that_waits_can_be_given_back() -> None:
    X = np.ones((512, 512), "float32")
    kernels.gemm(X, X, None, False, False, False)
    assert kernels.pooled_bytes() >= X.nbytes
    kernels.release_memory()
    assert kernels.pooled_bytes() == 0


def _model() -> tuple[Model[Any, Any], Any, Any]:
    fix_random_seed(0)
    rng = np.random.default_rng(0)
    X = rng.standard_normal((32, 40), "float32")
    targets = np.eye(4, dtype="float32")[rng.integers(0, 4, 32)]
    model: Any = chain(Relu(48), Softmax(4))
    return model.initialize(X=X, Y=targets), X, targets


def grown_by(run: Any, times: int) -> int:
    """Bytes that the process grew by in the second half of ``times`` runs."""
    for _ in range(times // 2):
        run()
    before = resident()
    for _ in range(times // 2):
        run()
    return resident() - before


def _update(model: Any, X: Any, targets: Any, optimizer: Any) -> None:
    guesses, backprop = model.begin_update(X)
    backprop((guesses - targets) / len(X))
    model.finish_update(optimizer)


@on_linux
@pytest.mark.parametrize(
    "times", [1000, pytest.param(100_000, marks=pytest.mark.slow)], ids=["some", "many"]
)
def test_predicting_leaves_memory_flat(times: int) -> None:
    model, X, _ = _model()
    assert grown_by(lambda: model.predict(X), times) < 2**20


@on_linux
@pytest.mark.parametrize(
    "times", [400, pytest.param(10_000, marks=pytest.mark.slow)], ids=["some", "many"]
)
def test_updating_leaves_memory_flat(times: int) -> None:
    model, X, targets = _model()
    optimizer = Adam(0.001)
    assert grown_by(lambda: _update(model, X, targets, optimizer), times) < 2**20


@on_linux
def test_batches_of_all_sizes_leave_memory_flat() -> None:
    work = [
        (scene, in_float32(scene.make(Draw(n), n, 1 + n % 50)))
        for scene in SCENES
        for n in (3, 64, 200)
    ]

    def run() -> None:
        for scene, args in work:
            scene.play(NativeOps(), *over_arrays(plain, args))

    assert grown_by(run, 12) < 2**22
