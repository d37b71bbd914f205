"""ConllU and ConllUTags: parts of speech, in the format of Universal Dependencies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from ..registry import registry
from ._conll_u_rows import FORM, UPOS, XPOS, sentences, tag_in
from .tokenizers import Tokenizer, WordsAndMarks


@registry.readers("combinet.ConllU.v1")
class ConllU:
    """Reads {"text": words, "label": tags} of a ``.conllu`` or ``.conllu.gz`` file.

    Of a word with parts ("2-3") the parts are taken; empty nodes ("8.1") are left out. A tag
    that is not given ("_") is None.

    Args:
        label: Which tags: "upos" or "xpos".
        tokenizer: Cuts a text that is to be predicted into words; files are cut already.

    Source:
        https://universaldependencies.org/format.html
    """

    def __init__(
        self, label: Literal["upos", "xpos"] = "upos", tokenizer: Tokenizer | None = None
    ) -> None:
        self.label, self.tokenizer = label, tokenizer or WordsAndMarks()

    def __call__(self, source: str) -> Iterator[dict[str, Any]]:
        """The sentences of a file, in order.

        Raises:
            DataError: A line is malformed; the message says which.
        """
        column = XPOS if self.label == "xpos" else UPOS
        for _, rows in sentences(source):
            tags = [tag_in(cells, column) for cells in rows]
            yield {"text": [cells[FORM] for cells in rows], "label": tags}


@registry.readers("combinet.ConllUTags.v1")
class ConllUTags:
    """Reads {"text": words, "upos": tags, "xpos": tags}, as ``ConllU`` does.

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
        for _, rows in sentences(source):
            yield {
                "text": [cells[FORM] for cells in rows],
                "upos": [tag_in(cells, UPOS) for cells in rows],
                "xpos": [tag_in(cells, XPOS) for cells in rows],
            }
