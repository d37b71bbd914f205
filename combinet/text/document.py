"""Document: words with marked spans, as candidates for labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .._guards import is_dict
from ..errors import DataError
from .doc import words
from .tag_schemes import TagSpan


class Document:
    """Words, and spans among them under the names that spaCy has for them.

    Args:
        words: In order.
        ents: (start, end) or (start, end, label) of each, the end not included. Every single word
            when omitted.
        spans: Further ones, in groups by name.

    Raises:
        DataError: A span is empty or outside of the words.

    Example:
        >>> doc = Document(["Ada", "met", "Bob"], ents=[(0, 1, "PER"), (2, 3, "PER")])
        >>> [doc[ent.start] for ent in doc.ents]
        ['Ada', 'Bob']
    """

    __slots__ = ("ents", "spans", "words")

    def __init__(
        self,
        words: Sequence[str],
        ents: Iterable[Sequence[Any]] | None = None,
        spans: Mapping[str, Iterable[Sequence[Any]]] = {},
    ) -> None:
        self.words = list(words)
        given = [(i, i + 1) for i in range(len(self.words))] if ents is None else ents
        self.ents = [self._span(each) for each in given]
        self.spans = {name: [self._span(each) for each in group] for name, group in spans.items()}

    def __len__(self) -> int:
        return len(self.words)

    def __getitem__(self, index: int) -> str:
        return self.words[index]

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def __repr__(self) -> str:
        return f"Document({len(self.words)} words, {len(self.ents)} entities)"

    def _span(self, given: Sequence[Any]) -> TagSpan:
        span = TagSpan(int(given[0]), int(given[1]), str(given[2]) if len(given) > 2 else "")
        if not 0 <= span.start < span.end <= len(self.words):
            raise DataError(
                f"no span from word {span.start} to {span.end} is in a document of {len(self)}"
            )
        return span


def as_document(doc: Any) -> Any:
    """``doc`` with entities: as it is where it has some, else every word of it is one.

    Args:
        doc: A spaCy ``Doc`` or a ``Document``; a list of words; or {"words": ..., "ents": ...}.

    Raises:
        DataError: A span is outside of the words.
        DTypeError: This is no document.
    """
    if hasattr(doc, "ents"):
        return doc
    if is_dict(doc):
        if "words" not in doc:
            have = ", ".join(map(str, doc)) or "nothing"
            raise DataError(f"a document has no 'words', but {have}", fix='{"words": [...]}')
        return Document(doc["words"], doc.get("ents"), doc.get("spans", {}))
    return Document(words(doc))
