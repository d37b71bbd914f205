"""ClassificationTSV and ClassificationCSV: texts and their labels in a table."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from ..errors import DataError
from ..registry import registry
from ._lines import bad_line, numbered_lines
from .tokenizers import Tokenizer, Whitespace


@registry.readers("combinet.ClassificationTSV.v1")
class ClassificationTSV:
    """Reads {"text": words, "label": name} of lines ``text TAB label``, without a heading.

    Args:
        tokenizer: Cuts a text into words; at white space when omitted.
        max_tokens: Take no more words of a text than this.
    """

    def __init__(self, tokenizer: Tokenizer | None = None, max_tokens: int | None = None) -> None:
        self.tokenizer, self.max_tokens = tokenizer or Whitespace(), max_tokens

    def __call__(self, source: str) -> Iterator[dict[str, Any]]:
        """The rows of a file, in order; lines without anything are left out.

        Raises:
            DataError: A line is malformed; the message says which.
        """
        for number, line in numbered_lines(source):
            cells = line.split("\t")
            if line.strip() and (len(cells) != 2 or not cells[1].strip()):
                what = f"a row is a text, a tab and a label; this one has {len(cells)} columns"
                raise bad_line(source, number, what)
            if line.strip():
                text = self.tokenizer(cells[0])[: self.max_tokens]
                yield {"text": text, "label": cells[1].strip()}


@registry.readers("combinet.ClassificationCSV.v1")
class ClassificationCSV:
    """Reads {"text": words, "label": name} of a table with commas, whose first row is a heading.

    Args:
        text: The heading of the texts.
        label: That of the labels.
        tokenizer: Cuts a text into words; at white space when omitted.
        max_tokens: Take no more words of a text than this.
    """

    def __init__(
        self,
        text: str = "text",
        label: str = "label",
        tokenizer: Tokenizer | None = None,
        max_tokens: int | None = None,
    ) -> None:
        self.text, self.label = text, label
        self.tokenizer, self.max_tokens = tokenizer or Whitespace(), max_tokens

    def __call__(self, source: str) -> Iterator[dict[str, Any]]:
        """The rows of a file, in order.

        Raises:
            DataError: The heading lacks a name, or a row is malformed; the message says which.
        """
        rows = csv.reader((f"{line}\n" for _, line in numbered_lines(source)), strict=True)
        try:
            none: list[str] = []
            heading = next(rows, none)
            places = [self._place(source, heading, name) for name in (self.text, self.label)]
            for row in rows:
                if row and len(row) != len(heading):
                    what = f"this row has {len(row)} columns, and the heading {len(heading)}"
                    raise bad_line(source, rows.line_num, what, "quote texts that hold commas")
                if row:
                    text, label = row[places[0]], row[places[1]].strip()
                    if not label:
                        raise bad_line(source, rows.line_num, f"the row has no {self.label!r}")
                    yield {"text": self.tokenizer(text)[: self.max_tokens], "label": label}
        except csv.Error as error:
            fix = "csv.field_size_limit(n) allows longer texts" if "limit" in str(error) else ""
            raise bad_line(source, rows.line_num, f"this is no table: {error}", fix) from error

    def _place(self, source: str, heading: list[str], name: str) -> int:
        if name not in heading:
            raise DataError(
                f"{source}:1: the heading has no column {name!r}",
                columns=", ".join(heading) or "none",
                fix="name the columns in the config: text = ..., label = ...",
            )
        return heading.index(name)
