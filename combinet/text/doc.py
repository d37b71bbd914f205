"""Doc: what a document is to our layers, and its words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any, Protocol

from .._guards import is_list
from ..errors import DTypeError


class Doc(Protocol):
    """Words in order: a plain ``list[str]`` is one, and so is a spaCy ``Doc``."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> object: ...
    def __iter__(self) -> Iterator[Any]: ...


def words(doc: Doc) -> list[str]:
    """The words of a document: its items, or the ``text`` of each where they are tokens.

    Raises:
        DTypeError: It is one string, a table or a set, or nothing that has words.

    Example:
        >>> words(["Good", "morning"])
        ['Good', 'morning']
    """
    if is_list(doc):
        return doc
    if isinstance(doc, (str, bytes, Mapping, Set)) or not hasattr(doc, "__iter__"):
        raise DTypeError(
            f"a document is a list of words, got {doc!r:.60}",
            fix="split the text: text.split(); and pass a list of documents, [doc]",
        )
    return [getattr(token, "text", token) for token in doc]
