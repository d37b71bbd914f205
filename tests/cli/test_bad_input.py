"""What a command is given by mistake: it says what that is, and what it takes instead."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from combinet.training.run import Run
from tests.cli.conftest import Program

POSIX = pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")

# --- what is given to predict -------------------------------------------------------------------


def test_a_directory_of_lines_is_refused(model: Path, refused: Callable[..., str]) -> None:
    assert "'model' is a directory" in refused("predict", "model", "model")


@POSIX
def test_lines_may_come_through_a_pipe_with_a_name(
    model: Path, home: Path, program: Program
) -> None:
    os.mkfifo(home / "pipe")
    writer = subprocess.Popen(["sh", "-c", "echo good film > pipe"], cwd=home)
    done = program("predict", "model", "pipe")
    writer.wait()
    assert done.code == 0, done.err
    assert len(done.out.splitlines()) == 1


def test_a_dash_is_standard_input(
    model: Path, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(b"good film\n")))
    assert program("predict", "model", "-").out.startswith('{"label"')


def test_one_who_types_is_told_so(
    model: Path, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = TextIOWrapper(BytesIO(b"good film\n"))
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    done = program("predict", "model")
    assert done.out.startswith('{"label"')
    assert done.err == "type a line to be predicted, or Ctrl-D to end\n"


def test_lines_that_the_network_does_not_take_are_named(
    model: Path, home: Path, refused: Callable[..., str]
) -> None:
    (home / "lines").write_text('good\n\n{"text": 3}\n')
    assert "in lines 1 to 3 of the input" in refused("predict", "model", "lines")
    (home / "lines").write_text('\n\n{"text": 3}\n')
    assert "in line 3 of the input" in refused("predict", "model", "lines")


@pytest.mark.parametrize("line", ['{"text": ', "{" * 3, '{"text":' + "[" * 100_000])
def test_a_text_that_begins_as_json_is_told_how_to_be_written(
    model: Path, home: Path, refused: Callable[..., str], line: str
) -> None:
    (home / "lines").write_text(line)
    says = refused("predict", "model", "lines")
    assert "line 1 begins as a JSON object and is none" in says
    assert '{"text": "the text"}' in says


# --- what is given for a config, or a model -----------------------------------------------------


@pytest.mark.parametrize("verb", ["check", "train"])
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nowhere", "there is no config 'nowhere'"),
        ("empty", "'empty' has no sections"),
        ("folder", "'folder' is a directory, and no config\n  fix:   give the path of a file"),
        ("model", "'model' is a directory, and no config\n  fix:   give its config: model/config"),
    ],
)
def test_what_is_no_config_is_named(
    model: Path, home: Path, refused: Callable[..., str], verb: str, name: str, says: str
) -> None:
    (home / "folder").mkdir()
    (home / "empty").write_text("# nothing\n")
    more = ["--output", "new"] if verb == "train" else []
    assert says in refused(verb, name, *more)


@POSIX
def test_a_config_may_come_through_a_pipe(home: Path, program: Program) -> None:
    os.mkfifo(home / "pipe")
    for verb in (["check"], ["config", "fill"]):
        writer = subprocess.Popen(["sh", "-c", "cat own.cfg > pipe"], cwd=home)
        done = program(*verb, "pipe", "--code", "readers.py")
        writer.wait()
        assert done.code == 0, done.err


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nowhere", "there is no file or directory 'nowhere'\n  fix:   give a model: its direc"),
        ("own.cfg", "this is a config: combinet check own.cfg shows the model it describes"),
        ("readers.py", "readers.py is neither a model directory nor the zip of one"),
        ("folder", "folder holds no model"),
        ("cut.zip", "cut.zip is no whole zip"),
        ("cut.safetensors", "is not a combinet file"),
    ],
)
def test_info_says_of_what_is_no_model_what_it_is(
    home: Path, refused: Callable[..., str], name: str, says: str
) -> None:
    (home / "folder").mkdir()
    for cut in ("cut.zip", "cut.safetensors"):
        (home / cut).write_bytes(b"cut")
    assert says in refused("info", name)


def test_a_zip_is_told_to_be_unpacked(home: Path, refused: Callable[..., str]) -> None:
    (home / "model.zip").write_bytes(b"PK")
    assert "unzip it, and give the directory" in refused("predict", "model.zip")


# --- what is given for the output ---------------------------------------------------------------


@POSIX
@pytest.mark.parametrize("output", ["own.cfg/model", "own.cfg/a/b/model", "/dev/null/model"])
def test_where_nothing_can_be_written_nothing_is_trained(
    refused: Callable[..., str], output: str
) -> None:
    says = refused("train", "own.cfg", "--output", output, "--code", "readers.py")
    assert "Not a directory" in says
    assert "epoch" not in says


@POSIX
@pytest.mark.parametrize(("output", "says"), [("loop", "symbolic links"), ("x" * 250, "too long")])
def test_a_name_that_cannot_be_written_is_seen_before_training(
    home: Path, refused: Callable[..., str], output: str, says: str
) -> None:
    (home / "loop").symlink_to("loop")
    message = refused("train", "own.cfg", "--output", output, "--code", "readers.py")
    assert says in message
    assert "epoch" not in message


def test_checkpoints_have_a_place_of_their_own(refused: Callable[..., str]) -> None:
    arguments = ["--code", "readers.py", "--training.serialization_dir", "./new"]
    says = refused("train", "own.cfg", "--output", "new", *arguments)
    assert "serialization_dir = './new' is the --output" in says


def test_files_of_others_in_the_output_are_seen_before_training(
    model: Path, refused: Callable[..., str]
) -> None:
    (model / "notes.md").write_text("years")
    says = refused("train", "own.cfg", "--output", "model", "--code", "readers.py", "--overwrite")
    assert "model holds more than a model, which would be lost: 'notes.md'" in says
    assert "epoch" not in says


@pytest.mark.parametrize("came", ["model", "notes"])
def test_what_came_into_the_output_during_the_training_is_not_overwritten(
    model: Path, home: Path, program: Program, monkeypatch: pytest.MonkeyPatch, came: str
) -> None:
    model.rename(home / "other")
    (home / "model-2").mkdir()
    test = Run.test

    def meanwhile(run: Run) -> dict[str, float]:
        if came == "model":
            (home / "other").rename(home / "model")
        else:
            (home / "model").mkdir()
            (home / "model" / "notes.md").write_text("years")
        return test(run)

    monkeypatch.setattr(Run, "test", meanwhile)
    done = program("train", "own.cfg", "--output", "model", "--code", "readers.py")
    assert done.code == 0, done.err
    assert done.out.endswith("saved to model-3\n")
    assert "saving to model-3" in done.err
    assert program("evaluate", "model-3", "train.jsonl").code == 0
