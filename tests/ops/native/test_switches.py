"""The environment's switches: which kernels run, or none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ops.native.recording import kernels

ROOT = Path(__file__).resolve().parents[3]
QUICK = ["tests/ops/native/test_numbers.py", "-k", "left_over and (7 or 16)"]
FULL = [
    "tests/ops/native",
    "tests/ops/test_backends.py",
    "--deselect",
    "tests/ops/native/test_switches.py",
]
SETS = kernels.instruction_sets().split()


def python(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *args],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )


def passes(tests: list[str], **environment: str) -> None:
    options = ["-q", "-n0", "-p", "no:cacheprovider"]
    done = python("-m", "pytest", *options, *tests, **environment)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


@pytest.mark.parametrize("name", SETS)
def test_an_instruction_set_can_be_asked_for(name: str) -> None:
    code = "from combinet.ops._native import kernels; print(kernels.instruction_set())"
    assert python("-c", code, COMBINET_ISA=name).stdout.strip() == name


@pytest.mark.parametrize("name", SETS[1:])  # the first is what the other tests run on
def test_kernels_of_an_older_instruction_set_agree_too(name: str) -> None:
    passes(QUICK, COMBINET_ISA=name)


@pytest.mark.slow
@pytest.mark.parametrize("name", SETS[1:])
def test_all_tests_pass_on_an_older_instruction_set(name: str) -> None:
    passes(FULL, COMBINET_ISA=name)


def test_an_instruction_set_that_there_is_not_is_a_clear_error() -> None:
    done = python("-c", "import combinet", COMBINET_ISA="z80")
    assert done.returncode == 1
    assert f"COMBINET_ISA=z80, but this machine runs: {kernels.instruction_sets()}" in done.stderr


def test_the_kernels_can_be_switched_off() -> None:
    code = """
from combinet.ops import NumpyOps, get_current_ops
from combinet.ops._native import kernels
print(kernels, type(get_current_ops()) is NumpyOps)
"""
    assert python("-c", code, COMBINET_NATIVE="0").stdout.split() == ["None", "True"]


@pytest.mark.slow
def test_the_table_of_ops_passes_without_kernels() -> None:
    passes(["tests/ops/test_backends.py"], COMBINET_NATIVE="0")


def test_an_op_of_the_table_passes_without_kernels() -> None:
    passes(["tests/ops/test_backends.py", "-k", "gemm or softmax"], COMBINET_NATIVE="0")


def test_denormal_numbers_stay_what_they_are() -> None:
    """A library built with -ffast-math would turn them off for the whole process."""
    code = """
import threading
import numpy as np
import combinet
from combinet.ops._native import kernels
small, found = np.full(4, 1e-40, "float32"), []
def look():
    found.append(float((small * np.float32(0.5))[0]) > 0)
look()
kernels.set_num_threads(3)
X = np.ones((400, 400), "float32")
kernels.gemm(X, X, None, False, False, False)
thread = threading.Thread(target=look)
thread.start()
thread.join()
tiny = np.full((400, 400), 1e-25, "float32")
product = kernels.gemm(tiny * np.float32(1e-14), np.eye(400, dtype="float32"), None, *(False,) * 3)
print(found, bool((product > 0).all()))
"""
    assert python("-c", code).stdout.strip() == "[True, True] True"
