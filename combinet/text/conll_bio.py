"""ConllBio: sentences with spans, marked word by word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..registry import registry
from ._lines import bad_line, numbered_lines
from .tokenizers import Tokenizer, WordsAndMarks


@registry.readers("combinet.ConllBio.v1")
class ConllBio:
    """Reads {"text": words, "label": tags} of a file with a word and its tag in each line.

    Columns stand between tabs, or between blanks where a line has no tab: the word in the
    first, the tag in the last. Lines without anything, and those of "-DOCSTART-", part sentences.
    Tags are "O" outside of spans, "B-X" for the first word of a span of kind X, "I-X" for others.

    Args:
        tokenizer: Cuts a text that is to be predicted into words; files are cut already.
    """

    def __init__(self, tokenizer: Tokenizer | None = None) -> None:
        self.tokenizer = tokenizer or WordsAndMarks()

    def __call__(self, source: str) -> Iterator[dict[str, Any]]:
        """The sentences of a file, in order.

        Raises:
            DataError: A line is malformed; the message says which.
        """
        words: list[str] = []
        tags: list[str] = []
        for number, line in numbered_lines(source):
            if line.strip() and not line.startswith("-DOCSTART-"):
                word, tag = _cells(source, number, line)
                _check_tag(source, number, tag, tags[-1] if tags else "O")
                words.append(word)
                tags.append(tag)
            elif words:
                yield {"text": words, "label": tags}
                words, tags = [], []
        if words:
            yield {"text": words, "label": tags}


def _cells(source: str, number: int, line: str) -> tuple[str, str]:
    cells = line.split("\t") if "\t" in line else line.split()
    if len(cells) < 2 or not cells[0] or not cells[-1].strip():
        raise bad_line(source, number, f"there is no word and tag in {line!r:.60}", "word TAB tag")
    return cells[0], cells[-1].strip()


def _check_tag(source: str, number: int, tag: str, last: str) -> None:
    if tag != "O" and (tag[:2] not in ("B-", "I-") or len(tag) < 3):
        raise bad_line(source, number, f"{tag!r} is no tag", "O, B-X or I-X")
    if tag[0] == "I" and last[1:] != tag[1:]:
        what = f"{tag!r} goes on a span that did not begin, after {last!r}"
        raise bad_line(source, number, what, f"a span begins with 'B{tag[1:]}'")
