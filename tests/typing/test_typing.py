"""mypy strict and pyright strict: every ok_ file passes, every marked line of a bad_ file fails."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
FILES = sorted([*HERE.glob("ok_*.py"), *HERE.glob("bad_*.py")])

Found = dict[str, dict[int, str]]


@cache
def mypy() -> Found:
    """Errors by file and line."""
    command = [sys.executable, "-m", "mypy", "--strict", "--show-absolute-path", "--no-pretty"]
    output = _run([*command, *map(str, FILES)])
    found: Found = {}
    for path, line, text in re.findall(r"^(.+?):(\d+): error: (.*)$", output, re.MULTILINE):
        found.setdefault(Path(path).name, {})[int(line)] = text
    assert found, output
    return found


@cache
def pyright() -> Found:
    """Errors by file and line."""
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson"]
    output = _run([*command, *map(str, FILES)])
    found: Found = {}
    for each in json.loads(output[output.index("{") :])["generalDiagnostics"]:
        if each["severity"] == "error":
            line = each["range"]["start"]["line"] + 1
            found.setdefault(Path(each["file"]).name, {})[line] = each["message"]
    return found


def _run(command: list[str]) -> str:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("checker", [mypy, pyright])
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_marked_lines_fail_and_no_others(file: Path, checker: Callable[[], Found]) -> None:
    lines = file.read_text(encoding="utf8").splitlines()
    marked = {number for number, line in enumerate(lines, start=1) if line.endswith("# E")}
    assert bool(marked) == file.name.startswith("bad_")
    errors = checker().get(file.name, {})
    unexpected = {number: errors[number] for number in sorted(errors.keys() - marked)}
    assert unexpected == {}
    assert sorted(marked - errors.keys()) == []
