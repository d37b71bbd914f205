"""In the tests of bridges too, what passes between nodes cannot be written."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from combinet.testing import read_only


@pytest.fixture(autouse=True)
def _nobody_writes_what_is_not_its_own(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.path.name == "test_torch_module.py":  # there inputs are torch's, which may write
        yield
        return
    with read_only():
        yield


@pytest.fixture(autouse=True)
def _torch_starts_from_a_seed() -> None:
    torch = sys.modules.get("torch")
    if torch is not None:  # elsewhere the bridge of another framework is tested
        torch.manual_seed(0)
