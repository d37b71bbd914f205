"""The README's commands are the ones that CI runs."""

from __future__ import annotations

from pathlib import Path

from tests.docs.run_page import blocks

ROOT = Path(__file__).resolve().parents[2]
README = [
    line
    for block in blocks((ROOT / "README.md").read_text("utf-8"))
    if block.info == "console"
    for line in block.text.splitlines()
]


def test_ci_runs_the_command_that_the_readme_gives_for_the_tests() -> None:
    *_, last = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert last in README


def test_the_workflow_runs_the_first_command_of_the_readme() -> None:
    first = next(line for line in README if "combinet train" in line)
    assert first in (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
