"""Every example builds, says all its sizes, and trains on a few rows of its kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import combinet.examples
from combinet import Config, registry
from combinet.training.run import Run

FOLDER = Path(combinet.examples.__file__).parent
EXAMPLES = sorted(path.name for path in FOLDER.glob("*.cfg"))
#: A few rows in the format of each example whose data lie in files.
ROWS = {
    "banking77.cfg": "text,category\nmy card is lost,lost\nwhere is it,where\n",
    "ensemble.cfg": "text,label\nmy card is lost,lost\nwhere is it,where\n",
    "textcat.cfg": "text,label\nmy card is lost,lost\nwhere is it,where\n",
    "tagger.cfg": "".join(
        f"{i}\t{word}\t_\t_\t{tag}\t_\t_\t_\t_\t_\n"
        for i, (word, tag) in enumerate([("The", "DT"), ("dog", "NN"), ("sleeps", "VB")], 1)
    ),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_its_network_builds(name: str) -> None:
    config: Any = Config().from_disk(FOLDER / name)
    model = registry.resolve({"model": config["model"]})["model"]
    assert any(node.param_names for node in model.walk())


@pytest.mark.parametrize("name", ROWS)
def test_it_trains_on_a_few_rows(name: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.txt"
    path.write_text(ROWS[name], "utf-8")
    files = {"data.train": str(path), "data.test": str(path)}
    run = Run(Config().from_disk(FOLDER / name, overrides={**files, "training.num_epochs": 5}))
    metrics = list(run.trainer)
    assert metrics[-1]["training_loss"] < metrics[0]["training_loss"]
    assert 0 <= run.test()["accuracy"] <= 1


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_says_how_it_is_run(name: str) -> None:
    text = (FOLDER / name).read_text("utf-8")
    assert f"combinet train {name}" in text
    assert all(len(line) <= 100 for line in text.splitlines())
