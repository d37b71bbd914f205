"""ConllURelations: sentences with some of their dependencies, as relations between words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..registry import registry
from ._conll_u_rows import DEPREL, FORM, HEAD, sentences
from ._lines import bad_line
from .tokenizers import Tokenizer, WordsAndMarks


@registry.readers("combinet.ConllURelations.v1")
class ConllURelations:
    """Reads {"text": words, "label": relations} of a ``.conllu`` or ``.conllu.gz`` file.

    A relation is (head, head + 1, word, word + 1, name): spans of one word each, counted from 0.

    Args:
        relations: Which dependencies; a name stands for those with a subtype too, "nsubj" for
            "nsubj:pass".
        tokenizer: Cuts a text that is to be predicted into words; files are cut already.

    Source:
        https://universaldependencies.org/format.html
    """

    def __init__(
        self, relations: Sequence[str] = ("nsubj", "obj"), tokenizer: Tokenizer | None = None
    ) -> None:
        self.relations, self.tokenizer = frozenset(relations), tokenizer or WordsAndMarks()

    def __call__(self, source: str) -> Iterator[dict[str, Any]]:
        """The sentences of a file, in order.

        Raises:
            DataError: A line is malformed; the message says which.
        """
        for line, rows in sentences(source):
            found: list[tuple[int, int, int, int, str]] = []
            for place, cells in enumerate(rows):
                name = cells[DEPREL].partition(":")[0]
                if name in self.relations or cells[DEPREL] in self.relations:
                    head = _head(source, line, cells, len(rows))
                    if head >= 0:
                        found.append((head, head + 1, place, place + 1, name))
            yield {"text": [cells[FORM] for cells in rows], "label": found}


def _head(source: str, line: int, cells: list[str], count: int) -> int:
    """The head of a word, counted from 0; -1 for the root."""
    if not cells[HEAD].isdecimal() or int(cells[HEAD]) > count:
        what = f"word {cells[0]} of the sentence has the head {cells[HEAD]!r} among {count} words"
        raise bad_line(source, line, what)
    return int(cells[HEAD]) - 1
