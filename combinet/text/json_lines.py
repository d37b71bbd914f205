"""JsonLines: a JSON object in each line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .._guards import is_dict
from ..registry import registry
from ._lines import bad_line, numbered_lines
from .tokenizers import Tokenizer


@registry.readers("combinet.JsonLines.v1")
class JsonLines:
    """Reads {"text": ..., "label": ...} of a file with a JSON object in each line.

    A line without a label gives none, so that it can only be predicted.

    Args:
        text: The key of the text: a string, or a list of words.
        label: The key of the label, or of the list of the words' labels.
        tokenizer: Cuts texts that are strings into words; they stay whole when omitted.
    """

    def __init__(
        self, text: str = "text", label: str = "label", tokenizer: Tokenizer | None = None
    ) -> None:
        self.text, self.label, self.tokenizer = text, label, tokenizer

    def __call__(self, source: str) -> Iterator[dict[str, Any]]:
        """The objects of a file, in order; lines without anything are left out.

        Raises:
            DataError: A line is malformed; the message says which.
        """
        for number, line in numbered_lines(source):
            if line.strip():
                yield self._instance(source, number, line)

    def _instance(self, source: str, number: int, line: str) -> dict[str, Any]:
        try:
            row = json.loads(line)
        except ValueError as error:
            raise bad_line(source, number, f"this is no JSON: {error}") from error
        if not is_dict(row) or self.text not in row:
            have = ", ".join(map(str, row)) if is_dict(row) else f"a {type(row).__name__}"
            raise bad_line(source, number, f"there is no key {self.text!r} in {have}")
        text = row[self.text]
        if isinstance(text, str) and self.tokenizer is not None:
            text = self.tokenizer(text)
        label = {"label": row[self.label]} if self.label in row else {}
        return {"text": text, **label}
