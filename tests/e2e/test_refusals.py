"""Refusals as a user sees them: no traceback, exit code 1; the rest is in ``tests/cli``."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.e2e.commands import fails
from tests.e2e.conftest import Trained

TRAIN = ("train", "digits.cfg", "--output", "model")


def test_an_unknown_function(tmp_path: Path) -> None:
    (tmp_path / "own.cfg").write_text('[model]\n@layers = "Rellu.v1"\n[data]\n[training]\n')
    says = fails("train", "own.cfg", "--output", "model", cwd=tmp_path)
    assert "own.cfg:2" in says
    assert "Relu.v1" in says
    assert [path.name for path in tmp_path.iterdir()] == ["own.cfg"]


def test_a_model_that_is_there(tmp_path: Path, digits: Trained) -> None:
    says = fails("train", "languages.cfg", "--output", digits.path)
    assert "already holds a model" in says
    assert "--overwrite" in says


def test_a_model_that_was_being_replaced_is_back_and_kept(tmp_path: Path, digits: Trained) -> None:
    shutil.copytree(digits.path, tmp_path / ".model.old")
    says = fails(*TRAIN, cwd=tmp_path)
    assert "already holds a model" in says
    assert "was interrupted" in says
    weights = (tmp_path / "model" / "model.safetensors").read_bytes()
    assert weights == (digits.path / "model.safetensors").read_bytes()


def test_a_diverging_training(tmp_path: Path) -> None:
    says = fails(*TRAIN, "--training.optimizer.learn_rate", "1e38", cwd=tmp_path)
    assert "NaN or infinite" in says
    assert "lower the learn_rate" in says
    assert list(tmp_path.iterdir()) == []
