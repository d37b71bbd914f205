"""The words of CoNLL-U files, column by column."""

from __future__ import annotations

from collections.abc import Iterator

from ._lines import bad_line, numbered_lines

COLUMNS = 10
FORM, UPOS, XPOS, HEAD, DEPREL = 1, 3, 4, 6, 7


def sentences(source: str) -> Iterator[tuple[int, list[list[str]]]]:
    """The cells of the words of each sentence, and the line that it begins in.

    Of a word with parts ("2-3") the parts are taken; empty nodes ("8.1") are left out.

    Raises:
        DataError: A line is malformed; the message says which.
    """
    rows: list[list[str]] = []
    start = 1
    for number, line in numbered_lines(source):
        if not line.strip():
            if rows:
                yield start, rows
            rows = []
        elif not line.startswith("#"):
            start = start if rows else number
            _add_word(rows, source, number, line)
    if rows:
        yield start, rows


def tag_in(cells: list[str], column: int) -> str | None:
    """What is in a column; None for what is not given, "_"."""
    return None if cells[column] == "_" else cells[column]


def _add_word(rows: list[list[str]], source: str, number: int, line: str) -> None:
    cells = line.split("\t")
    if len(cells) != COLUMNS:
        what = f"a word has {COLUMNS} columns between tabs, this line {len(cells)}"
        raise bad_line(source, number, what, "is this a CoNLL-U file?")
    if "-" in cells[0] or "." in cells[0]:
        return
    if cells[0] != str(len(rows) + 1):
        what = f"word {cells[0]!r} stands where word {len(rows) + 1} should"
        raise bad_line(source, number, what, "put an empty line between sentences")
    rows.append(cells)
