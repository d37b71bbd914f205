"""Where the kernels were not built, everything runs on the reference."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import numpy as np
from combinet import Relu
from combinet.ops._native import kernels

assert kernels is None
assert (Relu(2, 3).initialize().predict(np.ones((1, 3), dtype="float32"))).shape == (1, 2)
"""


def test_the_library_runs_where_there_was_no_compiler(tmp_path: Path) -> None:
    built = shutil.ignore_patterns("*.so", "*.pyd", "__pycache__")
    shutil.copytree(ROOT / "combinet", tmp_path / "combinet", ignore=built)
    command = [sys.executable, "-W", "error", "-c", PROGRAM]
    done = subprocess.run(
        command, capture_output=True, check=False, cwd=tmp_path, env={}, text=True
    )
    assert done.returncode == 0, done.stderr
