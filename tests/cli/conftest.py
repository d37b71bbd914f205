"""A small project, a small model, and the program run in this process."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from combinet.cli import main
from combinet.registry import registry

READER = """
import json
from combinet import registry

@registry.readers("tests.Lines.v1")
def lines():
    def read(path):
        with open(path, encoding="utf-8") as file:
            return [json.loads(line) for line in file]
    return read
"""
CONFIG = textwrap.dedent("""
    [data]
    train = "train.jsonl"

    [data.reader]
    @readers = "tests.Lines.v1"

    [model]
    @architectures = "combinet.TextClassifier.v1"

    [model.embed]
    @architectures = "combinet.Words.v1"
    width = 4
    rows = 50

    [model.encode]
    @architectures = "combinet.MeanPool.v1"

    [model.head]
    @architectures = "combinet.SoftmaxHead.v1"

    [training]
    num_epochs = 2
    patience = 3
    batch_size = 8
    validation_metric = "-loss"

    [training.optimizer]
    @optimizers = "Adam.v1"
    learn_rate = 0.01
""")
TRAIN = ("train", "own.cfg", "--output", "model", "--code", "readers.py")


class Done(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


Program = Callable[..., Done]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project where the program runs: a config, a reader, a little data."""
    (tmp_path / "own.cfg").write_text(CONFIG)
    (tmp_path / "readers.py").write_text(READER)
    lines = ['{"text": "good film", "label": "pos"}', '{"label": "neg", "text": "bad film"}']
    (tmp_path / "train.jsonl").write_text("\n".join(lines * 4))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    yield tmp_path
    if "tests.Lines.v1" in registry.readers.names():
        registry.readers.unregister("tests.Lines.v1")
    sys.modules.pop("readers", None)


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Program:
    """Run a command in this process; whatever it raises but ``SystemExit`` fails the test."""

    def run(*arguments: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["combinet", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            main()
        code = stopped.value.code
        assert code is None or isinstance(code, int)
        return Done(code or 0, *capfd.readouterr())

    return run


@pytest.fixture
def model(home: Path, program: Program) -> Path:
    """The project's model, trained."""
    assert program(*TRAIN).code == 0
    return home / "model"


@pytest.fixture
def refused(program: Program, home: Path) -> Callable[..., str]:
    """Run a command that must fail: its message; the project is as it was."""

    def run(*arguments: object) -> str:
        before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
        done = program(*arguments)
        assert done.code in (1, 2)
        assert done.out == ""
        assert done.err.strip()
        after = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
        assert after == before
        return done.err

    return run
