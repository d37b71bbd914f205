"""Keep files within 300 lines and functions within 40, docstrings of functions not counted.

What grows past that usually holds two ideas. A budget is raised by splitting, not here. A file
of tests may have 400 lines; an ``__init__.py``, which is a list of names, as many as it needs.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("combinet", "tests", "benchmarks", "scripts")
FILE_LINES, TEST_LINES, FUNCTION_LINES = 300, 400, 40

Function = ast.FunctionDef | ast.AsyncFunctionDef


def main() -> int:
    paths = [path for folder in FOLDERS for path in sorted(ROOT.joinpath(folder).rglob("*.py"))]
    faults = [
        f"{path.relative_to(ROOT)}:{fault}"
        for path in paths
        if path.name != "__init__.py"
        for fault in over_budget(path.read_text("utf-8"), _budget(path))
    ]
    print("\n".join(faults) or f"{len(paths)} files within {FILE_LINES} and {FUNCTION_LINES} lines")
    return 1 if faults else 0


def _budget(path: Path) -> int:
    return TEST_LINES if path.is_relative_to(ROOT / "tests") else FILE_LINES


def over_budget(source: str, budget: int = FILE_LINES) -> Iterator[str]:
    """Each fault of a file as ``line: what is too long``."""
    if (lines := len(source.splitlines())) > budget:
        yield f"1: the file has {lines} lines, the budget is {budget}"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Function) and (lines := function_lines(node)) > FUNCTION_LINES:
            yield f"{node.lineno}: {node.name} has {lines} lines, the budget is {FUNCTION_LINES}"


def function_lines(function: Function) -> int:
    """Lines from ``def`` to the end, without the docstring and without decorators."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function) is not None:
        docstring = function.body[0]
        lines -= (docstring.end_lineno or docstring.lineno) - docstring.lineno + 1
    return lines


if __name__ == "__main__":
    sys.exit(main())
