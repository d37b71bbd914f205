"""The lexical attributes of words: what embeddings look at instead of the words themselves.

They are computed from the text of a word alone, once for each word type, so they are the same
for a ``list[str]`` and a spaCy ``Doc``, whatever the vocabulary of the latter says.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from ..errors import DTypeError, UnknownName
from ..registry import did_you_mean
from ..types import Ints2d
from .hash_string import hash_strings

Attribute: TypeAlias = Callable[[str], str]

#: How many word types are remembered; some 50 MiB when they are as many.
_LIMIT = 2**18


def orth(word: str) -> str:
    """The word itself."""
    return word


def lower(word: str) -> str:
    """In lower case. NORM is the same here.

    spaCy's NORM differs where its language has an exception: English "'s", "gonna", curly quotes
    and signs of currencies have norms of their own there.
    """
    return word.lower()


def prefix(word: str) -> str:
    """The first character."""
    return word[:1]


def suffix(word: str) -> str:
    """The last three characters."""
    return word[-3:]


def shape(word: str) -> str:
    """Letters as X or x, digits as d, others as they are; of a run no more than four.

    A word of 100 characters or more is "LONG".

    Example:
        >>> shape("Apollo-11"), shape("C3PO")
        ('Xxxxx-dd', 'XdXX')
    """
    if len(word) >= 100:
        return "LONG"
    kinds: list[str] = []
    for char in word:
        kind = ("X" if char.isupper() else "x") if char.isalpha() else char
        kind = "d" if char.isdigit() else kind
        if kinds[-4:] != [kind] * 4:
            kinds.append(kind)
    return "".join(kinds)


#: Every attribute by the name that a .cfg gives it.
ATTRIBUTES: dict[str, Attribute] = {
    "ORTH": orth,
    "NORM": lower,
    "LOWER": lower,
    "PREFIX": prefix,
    "SUFFIX": suffix,
    "SHAPE": shape,
}


class Lexicon:
    """Remembers the attributes of every word type that it has seen, up to a limit.

    Args:
        limit: With more types than this it forgets all and begins anew. The words of one
            call are remembered even if they are more.
    """

    def __init__(self, limit: int = _LIMIT) -> None:
        self.limit = limit
        self._lock = threading.Lock()
        self._index: dict[str, int] = {}
        self._table: Any = np.empty((256, len(ATTRIBUTES)), dtype="uint64")

    def __len__(self) -> int:
        return len(self._index)

    def __call__(self, words: Sequence[str]) -> Ints2d:
        """The hashes of all attributes, in the order of ``ATTRIBUTES``.

        Shapes:
            N words -> (N, 6) uint64.

        Raises:
            DTypeError: One of them is no string.
        """
        with self._lock:  # another thread may make the table forget
            try:
                rows = list(map(self._index.get, words))
            except TypeError:  # it cannot be hashed, so it is no string
                rows = [None]
            if None in rows:
                self._learn(words)
                rows = list(map(self._index.get, words))
            found: Ints2d = self._table[np.array(rows, dtype="int64")]
            return found

    def _learn(self, words: Sequence[str]) -> None:
        check_words(words)
        new = [word for word in dict.fromkeys(words) if word not in self._index]
        if len(self._index) + len(new) > self.limit:
            self._index = {}
            new = list(dict.fromkeys(words))
        strings = [attribute(word) for attribute in ATTRIBUTES.values() for word in new]
        places: dict[str, int] = {}  # most words end as others do, and are written as they are
        which = [places.setdefault(string, len(places)) for string in strings]
        start = len(self._index)
        self._make_room(start + len(new))
        known: Any = hash_strings(list(places))
        hashes: Any = known[np.array(which, dtype="int64")]
        self._table[start : start + len(new)] = hashes.reshape((len(ATTRIBUTES), len(new))).T
        self._index.update(zip(new, range(start, start + len(new)), strict=True))

    def _make_room(self, rows: int) -> None:
        if rows > len(self._table):
            grown: Any = np.empty((max(rows, 2 * len(self._table)), len(ATTRIBUTES)), "uint64")
            grown[: len(self._index)] = self._table[: len(self._index)]
            self._table = grown


def check_words(words: Sequence[str]) -> None:
    """Insist that every word is a string.

    Raises:
        DTypeError: One of them is none.
    """
    for word in words:
        if not isinstance(word, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise DTypeError(
                f"a word is a string, got {type(word).__name__} {word!r:.60}",
                fix="a document is a list of words, and a batch a list of documents",
            )


#: The one that all models of this process share: what it says depends on the word alone.
lexicon = Lexicon()


def attributes(words: Sequence[str], names: Sequence[str]) -> Ints2d:
    """The attributes of these names, as hashes.

    Shapes:
        N words -> (N, names) uint64.

    Raises:
        UnknownName: There is no attribute of that name.
        DTypeError: One of the words is no string.
    """
    columns = columns_of(names)
    found: Ints2d = lexicon(words)[:, columns]
    return found


def columns_of(names: Sequence[str]) -> list[int]:
    """Where attributes of these names stand in a row of the lexicon.

    Raises:
        UnknownName: There is no attribute of that name.
    """
    known = list(ATTRIBUTES)
    for name in names:
        if name not in ATTRIBUTES:
            fix = did_you_mean(str(name), known)
            raise UnknownName(f"words have no attribute {name!r}", known=", ".join(known), fix=fix)
    return [known.index(name) for name in names]
