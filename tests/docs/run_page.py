"""Run the Python of one page, in order and in one namespace: ``python run_page.py PAGE``.

A block is compiled at its place in the page, so a traceback names the page and the line. A block
``text title="Output"`` behind it must show what it printed; ``...`` stands for anything.
"""

from __future__ import annotations

import doctest
import io
import re
import sys
import textwrap
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

OUTPUT = 'text title="Output"'
FENCE = re.compile(r"^(?P<indent> *)(?P<marks>`{3,}|~{3,})(?P<info>[^`\n]*)$")


class Block(NamedTuple):
    """A fenced block: what stands behind the fence, the line of its first line, its text."""

    info: str
    line: int
    text: str


def blocks(page: str) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    opening: re.Match[str] | None = None
    body: list[str] = []
    for number, line in enumerate(page.splitlines(), start=1):
        fence = FENCE.match(line)
        if opening is None:
            opening, body = fence, []
        elif fence and fence["marks"].startswith(opening["marks"]) and not fence["info"].strip():
            text = textwrap.dedent("\n".join(body)) + "\n"
            yield Block(opening["info"].strip(), number - len(body), text)
            opening = None
        else:
            body.append(line)
    if opening is not None:
        raise ValueError("a fence is opened and never closed")


def main(path: str) -> None:
    page = sys.modules["__main__"] = ModuleType("__main__")  # nothing of this file is in reach
    printed = ""
    for block in blocks(Path(path).read_text("utf-8")):
        if block.info == "python":
            source = "\n" * (block.line - 1) + block.text
            with redirect_stdout(io.StringIO()) as out:
                exec(compile(source, path, "exec", dont_inherit=True), vars(page))
            printed = out.getvalue()
        elif block.info == OUTPUT and not shows(block.text, printed):
            raise SystemExit(
                f'File "{path}", line {block.line}: this was printed instead\n\n{printed}'
            )


def shows(text: str, printed: str) -> bool:
    """Whether they are the same but for space at the ends of lines, and ``...`` in the text."""
    wanted, got = ("\n".join(map(str.rstrip, t.splitlines())) + "\n" for t in (text, printed))
    return doctest.OutputChecker().check_output(wanted, got, doctest.ELLIPSIS)


if __name__ == "__main__":
    main(sys.argv[1])
