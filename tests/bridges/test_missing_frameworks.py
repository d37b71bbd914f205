"""Frameworks that are not installed: nothing of them is imported, and errors say what to do."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from combinet import bridges
from combinet.errors import MissingPackageError

NEEDS: list[tuple[str, str, Callable[[], Any]]] = [
    ("tensorflow", "tensorflow", lambda: bridges.TensorFlowWrapper(object())),
    ("tensorflow", "tensorflow", lambda: bridges.TensorFlowShim(object())),
    ("tensorflow", "tensorflow", lambda: bridges.xp2tensorflow(np.zeros(2))),
    ("tensorflow", "tensorflow", lambda: bridges.tensorflow2xp(object())),
    ("keras", "tensorflow", lambda: bridges.keras_subclass("a.v1")(type("A", (), {}))),
    ("tensorflow", "tensorflow", bridges.enable_tensorflow),
    ("mxnet", "mxnet", bridges.enable_mxnet),
    ("mxnet", "mxnet", lambda: bridges.MXNetWrapper(object())),
    ("mxnet", "mxnet", lambda: bridges.MXNetShim(object())),
    ("mxnet", "mxnet", lambda: bridges.xp2mxnet(np.zeros(2))),
    ("mxnet", "mxnet", lambda: bridges.mxnet2xp(object())),
]


@pytest.mark.parametrize(("package", "extra", "use"), NEEDS)
def test_the_error_says_which_extra_to_install(
    package: str, extra: str, use: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingPackageError, match=rf'pip install "combinet\[{extra}\]"'):
        use()


def test_importing_the_bridges_imports_no_framework() -> None:
    program = "import sys, combinet.bridges; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    assert {"tensorflow", "keras", "mxnet", "torch", "thinc"}.isdisjoint(done.stdout.split())


def test_numpy_gets_its_missing_names_only_while_mxnet_is_imported() -> None:
    before = set(vars(np))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "mxnet", None)
        with pytest.raises(MissingPackageError):
            bridges.xp2mxnet(np.zeros(2))
    assert set(vars(np)) == before
