"""Fixtures for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from combinet.testing import read_only

#: Tests below these folders run layers: there, what passes between nodes cannot be written.
GUARDED = {"layers", "combinators"}


@pytest.fixture(autouse=True)
def _nobody_writes_what_is_not_its_own(request: pytest.FixtureRequest) -> Iterator[None]:
    parts = Path(request.path).relative_to(Path(__file__).parent).parts
    if GUARDED.isdisjoint(parts) or request.node.get_closest_marker("gpu"):
        yield
        return
    with read_only():
        yield
