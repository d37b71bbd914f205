"""A module compiled by torch's own compiler, which needs one of C++."""

from __future__ import annotations

import shutil
from typing import Any

import numpy as np
import pytest
import torch

from combinet import SGD
from combinet.bridges import PyTorchWrapper

from .networks import X, dY, mlp

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # the compiler's own
    pytest.mark.skipif(not (shutil.which("g++") or shutil.which("clang++")), reason="no compiler"),
]


def test_a_compiled_module_takes_the_steps_of_the_plain_one() -> None:
    plain = PyTorchWrapper(mlp())
    shim: Any = plain.shims[0]
    compiled: Any = PyTorchWrapper(torch.compile(mlp()))
    compiled.shims[0].module._orig_mod.load_state_dict(shim.module.state_dict())
    for _ in range(3):
        steps = []
        for model in (plain, compiled):
            Y, backprop = model.begin_update(X)
            steps.append((Y, backprop(dY), model.predict(X)))
            model.finish_update(SGD(0.1))
        assert all(np.allclose(one, two, atol=1e-6) for one, two in zip(*steps, strict=True))
    assert [row.path for row in compiled.parameters()] == [row.path for row in plain.parameters()]
    assert plain.can_from_bytes(compiled.to_bytes())
