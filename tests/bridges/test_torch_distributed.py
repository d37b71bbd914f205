"""as_torch_module under DistributedDataParallel."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from torch import distributed

from combinet import as_torch_module

from . import train_in_parallel
from .train_in_parallel import X, Y, network, train

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120

pytestmark = pytest.mark.skipif(
    not distributed.is_available() or not distributed.is_gloo_available(),
    reason="this PyTorch was built without gloo",
)


def test_two_processes_train_as_one_does_on_all_the_data(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    if sys.platform == "linux":
        environment.setdefault("GLOO_SOCKET_IFNAME", "lo")
    command = [sys.executable, train_in_parallel.__file__]
    processes = [
        subprocess.Popen(
            [*command, str(rank), str(tmp_path)], env=environment, stderr=subprocess.PIPE, text=True
        )
        for rank in range(2)
    ]
    try:
        errors = [process.communicate(timeout=SECONDS)[1] for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()
    assert [process.returncode for process in processes] == [0, 0], "\n".join(errors)
    alone = network(seed=0)
    before = alone.predict(X)
    train(as_torch_module(alone), X, Y)
    expected = alone.predict(X)
    assert np.abs(expected - before).max() > 0.01
    for rank in range(2):
        assert np.allclose(np.load(tmp_path / f"{rank}.npy"), expected, atol=1e-12)
