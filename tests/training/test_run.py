"""What a training config describes, and what a training leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from combinet import Linear, save
from combinet.errors import LoadError
from combinet.training.run import load_task


def test_a_saved_model_without_a_task_says_how_it_is_loaded(tmp_path: Path) -> None:
    save(Linear(2, 3).initialize(), tmp_path / "model")
    with pytest.raises(LoadError, match="not written by combinet train") as info:
        load_task(tmp_path / "model")
    assert "combinet.load" in info.value.fix
