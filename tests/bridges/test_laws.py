"""The laws of layers, over wrapped torch modules."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from combinet import Model, PyTorchLSTM, PyTorchWrapper
from combinet.testing import LAWS, Case, sample_of
from combinet.types import Floats2d, Padded

ONCE = {"calls_do_not_mix": "torch runs backward through a graph once"}


def mlp() -> Model[Any, Any]:
    torch.manual_seed(0)
    layers = (torch.nn.Linear(5, 4), torch.nn.Tanh(), torch.nn.Linear(4, 3))
    return PyTorchWrapper(torch.nn.Sequential(*layers))


def lstm() -> Model[Any, Any]:
    torch.manual_seed(0)
    return PyTorchLSTM(6, 5, bi=True)


CASES = [
    Case("PyTorchWrapper.v1", mlp, sample_of(Floats2d), skip=ONCE),
    Case("PyTorchLSTM.v1", lstm, sample_of(Padded), skip=ONCE),
]


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("case", CASES, ids=repr)
def test_law(case: Case, law: str) -> None:
    if law in case.skip:
        pytest.skip(case.skip[law])
    LAWS[law](case)
