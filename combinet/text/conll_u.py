"""ConllU: sentences with part-of-speech tags, in the format of Universal Dependencies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from ..registry import registry
from ._lines import bad_line, numbered_lines

_COLUMNS = 10
_FORM, _UPOS, _XPOS = 1, 3, 4


@registry.readers("combinet.ConllU.v1")
class ConllU:
    """Reads {"text": words, "label": tags} of a ``.conllu`` or ``.conllu.gz`` file.

    Of a word with parts ("2-3") the parts are taken; empty nodes ("8.1") are left out. A tag
    that is not given ("_") is None.

    Args:
        label: Which tags: "upos" or "xpos".

    Source:
        https://universaldependencies.org/format.html
    """

    def __init__(self, label: Literal["upos", "xpos"] = "upos") -> None:
        self.label = label
        self._tag = _XPOS if label == "xpos" else _UPOS

    def __call__(self, source: str) -> Iterator[dict[str, Any]]:
        """The sentences of a file, in order.

        Raises:
            DataError: A line is malformed; the message says which.
        """
        words: list[str] = []
        tags: list[str | None] = []
        for number, line in numbered_lines(source):
            if not line.strip():
                if words:
                    yield {"text": words, "label": tags}
                words, tags = [], []
            elif not line.startswith("#"):
                self._add_word(words, tags, source, number, line)
        if words:
            yield {"text": words, "label": tags}

    def _add_word(
        self, words: list[str], tags: list[str | None], source: str, number: int, line: str
    ) -> None:
        cells = line.split("\t")
        if len(cells) != _COLUMNS:
            what = f"a word has {_COLUMNS} columns between tabs, this line {len(cells)}"
            raise bad_line(source, number, what, "is this a CoNLL-U file?")
        if "-" in cells[0] or "." in cells[0]:
            return
        if cells[0] != str(len(words) + 1):
            what = f"word {cells[0]!r} stands where word {len(words) + 1} should"
            raise bad_line(source, number, what, "put an empty line between sentences")
        words.append(cells[_FORM])
        tags.append(None if cells[self._tag] == "_" else cells[self._tag])
