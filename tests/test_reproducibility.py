"""One seed, the same bits: whatever else the process did, and however often it was begun anew."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import tests.reproducible_run as program
from combinet import (
    AdamW,
    CategoricalCrossentropy,
    HashEmbed,
    Maxout,
    Mish,
    Relu,
    Softmax,
    expand_window,
)
from combinet.ops._native import kernels

ROOT = Path(__file__).resolve().parents[1]
DISTURBANCES = ["none", "other models", "other draws", "other orders"]


def run(how: str, *arguments: object, hash_seed: str = "0", **settings: str) -> dict[str, str]:
    """What the program prints, in a process of its own, by its first word.

    Args:
        how: The process is disturbed.
        arguments: What it does.
        hash_seed: Of Python's own hashes.
        settings: More of its environment.
    """
    done = subprocess.run(
        [sys.executable, program.__file__, how, *map(str, arguments)],
        capture_output=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "OMP_NUM_THREADS": "1", **settings},
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return dict(line.split() for line in done.stdout.splitlines())


@cache
def undisturbed() -> dict[str, str]:
    return run("none", "whole")


@pytest.mark.parametrize("how", DISTURBANCES)
def test_a_training_run_has_the_same_bits_whatever_the_process_did_before(how: str) -> None:
    found = run(how, "whole", hash_seed="4711")
    assert found == undisturbed()
    assert found["initial"] != found["weights"]


@pytest.mark.parametrize("native", ["0", "1"])
def test_a_training_run_has_the_same_bits_with_any_number_of_threads(native: str) -> None:
    if native == "1" and kernels is None:
        pytest.skip("the compiled kernels are not built")
    one, two = (run("none", "whole", COMBINET_NATIVE=native, OMP_NUM_THREADS=n) for n in "12")
    assert one == two


@pytest.mark.skipif(kernels is None, reason="the compiled kernels are not built")
def test_kernels_that_share_their_work_among_threads_give_the_bits_of_one_thread() -> None:
    before, found = kernels.get_num_threads(), list[tuple[bytes, bytes]]()
    try:
        for threads in (1, 2, 5):
            kernels.set_num_threads(threads)
            found.append(trained_on_many_rows())
    finally:
        kernels.set_num_threads(before)
    assert found[0] == found[1] == found[2]


def trained_on_many_rows() -> tuple[bytes, bytes]:
    """Model and optimizer after three steps on more rows than one thread would take alone."""
    ids = np.random.default_rng(0).integers(0, 9999, 2000).astype("uint64")
    Y = np.eye(40, dtype="float32")[(ids % 40).astype("int64")]
    hidden = Maxout(64, nP=3, normalize=True, dropout=0.2) >> expand_window(1) >> Relu(160)
    net = HashEmbed(64, 3000) >> hidden >> Mish(96) >> Softmax(40)
    model, optimizer = net.initialize(X=ids, Y=Y, seed=3), AdamW(0.01, grad_norm=1.0)
    for _ in range(3):
        guess, backprop = model.begin_update(ids)
        backprop(CategoricalCrossentropy()(guess, Y)[0])
        model.finish_update(optimizer)
    return model.to_bytes(), optimizer.to_bytes({"model": model})


def test_another_seed_gives_other_weights() -> None:
    X, Y = program.data()
    one = program.network().initialize(X=X, Y=Y, seed=program.SEED).to_bytes()
    assert program.network().initialize(X=X, Y=Y, seed=program.SEED).to_bytes() == one
    assert program.network().initialize(X=X, Y=Y, seed=program.SEED + 1).to_bytes() != one


@pytest.mark.parametrize("how", ["other models", "other draws"])
def test_a_run_that_was_begun_anew_ends_as_one_that_was_not(how: str, tmp_path: Path) -> None:
    run("none", "first", tmp_path)
    resumed = run(how, "second", tmp_path, hash_seed="1")
    expected = {name: value for name, value in undisturbed().items() if name != "initial"}
    assert resumed == expected


def test_files_of_equal_runs_are_equal(tmp_path: Path) -> None:
    written: list[dict[str, bytes]] = []
    for how in ("none", "other models"):
        folder = tmp_path / how.replace(" ", "_")
        folder.mkdir()
        run(how, "first", folder, hash_seed=str(len(written)))
        written.append({path.name: path.read_bytes() for path in sorted(folder.iterdir())})
    assert written[0] == written[1]
    assert len(written[0]) == 2
