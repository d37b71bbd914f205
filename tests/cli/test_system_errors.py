"""What the system refuses is one message without a traceback, as what a user did wrong is."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest

from combinet.cli import main
from tests.cli.conftest import TRAIN, Program


def full(descriptor: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_one_message_and_the_old_model_is_as_it_was(
    model: Path, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path.name: path.read_bytes() for path in model.iterdir()}
    monkeypatch.setattr("os.fsync", full)
    done = program(*TRAIN, "--overwrite", "--training.num_epochs", 1)
    assert done.code == 1
    said = done.err[done.err.index("error:") :]
    where = f"  {model} could not be written and is as it was before\n"
    assert said == f"error: No space left on device\n{where}"
    assert {path.name: path.read_bytes() for path in model.iterdir()} == before


def test_a_directory_that_is_not_there_is_named(home: Path, program: Program) -> None:
    done = program("config", "fill", "own.cfg", "--output", "no/own.cfg", "--code", "readers.py")
    assert done.code == 1
    path = home / "no" / "own.cfg"
    assert done.err.startswith(f"error: {path}: No such file or directory\n  {path} could not")
    assert "Traceback" not in done.err


def test_a_file_that_may_not_be_read_is_named(
    model: Path, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)  # root, which tests may run as, may read all
    done = program("predict", model)
    assert done.code == 1
    assert done.err == f"error: {model / 'config.cfg'}: Permission denied\n"


def test_a_note_on_an_error_of_ours_is_shown_too(home: Path, program: Program) -> None:
    (home / "net.cfg").write_text('[model]\n@layers = "Dropout.v1"\nrate = 7.0\n')
    done = program("check", "net.cfg")
    assert done.code == 1
    assert done.err == (
        "error: a dropout rate lies between 0 and 1, got 7.0\n"
        '  while building [model] @layers = "Dropout.v1" (net.cfg:2)\n'
    )


def test_the_traceback_is_there_for_those_who_ask(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMBINET_TRACEBACK", "1")
    arguments = ["config", "fill", "own.cfg", "--output", "no/own.cfg", "--code", "readers.py"]
    monkeypatch.setattr("sys.argv", ["combinet", *arguments])
    with pytest.raises(FileNotFoundError):
        main()


def test_half_a_character_in_a_label_is_trained_on_and_shown_as_its_escape(
    home: Path, program: Program
) -> None:
    data = (home / "train.jsonl").read_text().replace('"pos"', r'"\ud83d"')
    (home / "train.jsonl").write_text(data.replace('"neg"', '"é"'))
    assert program(*TRAIN, "--training.num_epochs", 30).code == 0
    (home / "lines").write_text("good film\nbad film\n")
    done = program("predict", "model", "lines")
    assert done.code == 0, done.err
    assert r'"\ud83d"' in done.out
    assert [json.loads(line)["label"] for line in done.out.splitlines()] == ["\ud83d", "é"]
