"""What ``import combinet`` must leave alone."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "babel",
    "catalogue",
    "confection",
    "cupy",
    "mxnet",
    "rich",
    "safetensors",
    "sklearn",
    "spacy",
    "tensorflow",
    "thinc",
    "torch",
    "transformers",
    "typer",
)


@pytest.fixture(scope="module")
def loaded() -> frozenset[str]:
    """The modules that a fresh process holds after ``import combinet``."""
    program = "import sys, combinet; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    return frozenset(done.stdout.split())


@pytest.mark.parametrize("name", HEAVY)
def test_importing_combinet_does_not_import(name: str, loaded: frozenset[str]) -> None:
    assert name not in loaded


def test_importing_combinet_imports_nothing_installed_but_numpy(loaded: frozenset[str]) -> None:
    roots = {name.partition(".")[0] for name in loaded}
    program = "import sys; print(*sys.modules)"  # what the environment itself loads at start-up
    bare = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    started = {name.partition(".")[0] for name in bare.stdout.split()}
    assert roots - started - sys.stdlib_module_names == {"combinet", "numpy"}
