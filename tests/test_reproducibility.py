"""One seed, the same bits: whatever else the process did, and however often it was begun anew."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import tests.reproducible_run as program

ROOT = Path(__file__).resolve().parents[1]
DISTURBANCES = ["none", "other models", "other draws", "other orders"]


def run(how: str, *arguments: object, hash_seed: str = "0") -> dict[str, str]:
    """What the program prints, in a process of its own, by its first word."""
    done = subprocess.run(
        [sys.executable, program.__file__, how, *map(str, arguments)],
        capture_output=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "OMP_NUM_THREADS": "1"},
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
