"""BioSpans: sentences with spans, out of a file with BIO tags."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..registry import registry
from .conll_bio import ConllBio
from .tag_schemes import spans_of_tags
from .tokenizers import Tokenizer, WordsAndMarks


@registry.readers("combinet.BioSpans.v1")
class BioSpans:
    """Reads {"text": words, "label": spans} of what ``ConllBio`` reads.

    A span is (start, end, kind), words from 0 and the end not included.

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
        for each in ConllBio()(source):
            yield {"text": each["text"], "label": spans_of_tags(each["label"], "BIO")}
