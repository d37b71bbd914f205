"""How the program ends: each exit code in a process of its own, as a shell sees it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Program

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
ENVIRONMENT.pop("PYTHONUNBUFFERED", None)  # what is written late fails late
POSIX = pytest.mark.skipif(os.name != "posix", reason="pipes and signals of POSIX")


def started(cwd: Path, *arguments: str, **streams: Any) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "combinet", *arguments]
    return subprocess.Popen(command, cwd=cwd, env=ENVIRONMENT, stderr=subprocess.PIPE, **streams)


def test_help_names_the_exit_codes(program: Program) -> None:
    done = program("--help")
    assert done.code == 0
    for code in ("0 done", "1 refused", "2 the", "130 interrupted", "141 nobody"):
        assert code in " ".join(done.out.split())


def test_the_version_is_shown(program: Program) -> None:
    import combinet

    assert program("--version") == (0, f"combinet {combinet.__version__}\n", "")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["trian"],
        ["config"],
        ["train"],
        ["train", "own.cfg"],
        ["check", "own.cfg", "--verbose"],
        ["check", "own.cfg", "more"],
        ["check", "own.cfg", "--training.seed"],
        ["check", "own.cfg", "--training.seed", "--training.patience", "3"],
        ["train", "--training.seed", "3", "own.cfg", "--output", "model"],
        ["evaluate", "model", "--batch-size", "none"],
    ],
)
def test_a_command_line_that_makes_no_sense_ends_with_2(
    home: Path, program: Program, arguments: list[str]
) -> None:
    done = program(*arguments)
    assert done.code == 2
    assert "Traceback" not in done.err


@POSIX
@pytest.mark.parametrize("verb", ["info", "predict"])
def test_a_reader_of_the_output_that_goes_away_ends_it_with_141_and_no_word(
    model: Path, home: Path, verb: str
) -> None:
    (home / "lines").write_text("good film\n" * 3000)
    arguments = ["predict", "model", "lines", "--code", "readers.py"]
    arguments = arguments if verb == "predict" else ["info"]
    process = started(home, *arguments, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    assert process.communicate()[1] == b""
    assert process.returncode == 141


@POSIX
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_output_that_does_not_fit_is_an_error_and_ends_it_with_1(home: Path) -> None:
    with Path("/dev/full").open("w") as full:
        process = started(home, "info", stdout=full)
        assert process.communicate()[1] == b"error: No space left on device\n"
    assert process.returncode == 1


@POSIX
def test_ctrl_c_ends_it_with_130_and_a_word(model: Path, home: Path) -> None:
    arguments = ["predict", "model", "--code", "readers.py"]
    process = started(home, *arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"good film\n" * 256)  # a batch
    process.stdin.flush()
    assert process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert process.communicate()[1] == b"interrupted\n"
    assert process.returncode == 130


@POSIX
@pytest.mark.parametrize(("stream", "code"), [(0, 1), (1, 0)])
def test_a_stream_that_is_closed_is_no_traceback(
    model: Path, home: Path, stream: int, code: int
) -> None:
    def close() -> None:
        os.close(stream)

    arguments = ["predict", "model", *(["own.cfg"] if stream else []), "--code", "readers.py"]
    process = started(home, *arguments, preexec_fn=close)
    err = process.communicate()[1].decode()
    assert process.returncode == code, err
    assert ("there is no standard input" in err) == (stream == 0)
    assert "Traceback" not in err


def test_a_warning_is_one_line(model: Path, home: Path) -> None:
    model.rename(home / ".model.old")
    process = started(home, "info", "model", stdout=subprocess.PIPE)
    err = process.communicate()[1].decode()
    assert err == f"warning: replacing {model} was interrupted; the old model is back\n"
    assert process.returncode == 0
