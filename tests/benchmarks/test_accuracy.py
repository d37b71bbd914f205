"""The accuracies of the examples: from several seeds, and kept as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import accuracy

ROWS = "text,label\nmy card is lost,lost\nwhere is it,where\n"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "rows.csv").write_text(ROWS)
    files = {"data.train": "rows.csv", "data.test": "rows.csv"}
    small = {"training.num_epochs": 1, "model.length": 64}
    task = accuracy.Task("textcat.cfg", files, {"somebody": 0.5}, 0.6, small)
    monkeypatch.setattr(accuracy, "TASKS", {"one": task, "two": task})
    return tmp_path


def saved(folder: Path) -> Any:
    return json.loads((folder / "accuracy.json").read_text("utf-8"))


def test_each_seed_and_their_mean_are_kept_beside_those_of_others(data: Path) -> None:
    assert accuracy.main([str(data), "one", "--seeds", "2", "--json", str(data)]) == 0
    found = saved(data)["tasks"]["one"]
    assert list(found["seeds"]) == ["0", "1"]
    assert found["mean"] == pytest.approx(sum(found["seeds"].values()) / 2, abs=1e-4)
    assert (found["peers"], found["bar"], found["example"]) == (
        {"somebody": 0.5},
        0.6,
        "textcat.cfg",
    )


def test_a_task_that_is_run_again_replaces_its_own_figures_alone(data: Path) -> None:
    accuracy.main([str(data), "--seeds", "1", "--json", str(data)])
    accuracy.main([str(data), "two", "--seeds", "2", "--json", str(data)])
    assert [len(each["seeds"]) for each in saved(data)["tasks"].values()] == [1, 2]


def test_an_unknown_task_is_named(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        accuracy.main([str(data), "three"])
    assert "no task three; there are one, two" in capsys.readouterr().err


def test_every_task_names_an_example(monkeypatch: pytest.MonkeyPatch) -> None:
    for task in accuracy.TASKS.values():
        assert (accuracy.EXAMPLES / task.example).is_file()
