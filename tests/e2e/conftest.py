"""Models that are trained once for all tests here that only look at them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.e2e.commands import Done, works


class Trained(NamedTuple):
    """A model directory, and what was printed while it came about."""

    path: Path
    done: Done


@pytest.fixture(scope="session")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    path = tmp_path_factory.mktemp("digits") / "model"
    return Trained(path, works("train", "digits.cfg", "--output", path))


@pytest.fixture(scope="session")
def languages(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """One epoch on the real phrases."""
    path = tmp_path_factory.mktemp("languages") / "model"
    epochs = ("--training.num_epochs", 1)
    return Trained(path, works("train", "languages.cfg", "--output", path, *epochs))
