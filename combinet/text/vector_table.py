"""VectorTable: vectors of words that were trained before, and their files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .._guards import is_dict
from ..errors import DataError, DTypeError
from ..types import Floats2d, Ints1d
from ._lines import bad_line, numbered_lines
from .hash_string import hash_strings


class VectorTable:
    """A vector for each of many words; several words may share one.

    Args:
        keys: Hashes of the words, ``hash_string(word)``.
        rows: The row of each key in the table.
        table: The vectors.

    Shapes:
        keys (n,) uint64; rows (n,); table (vectors, width) float32.

    Raises:
        DataError: The three do not fit together, or a number in the table is none.
    """

    __slots__ = ("keys", "rows", "table")

    def __init__(self, keys: Ints1d, rows: Ints1d, table: Floats2d) -> None:
        names: Any = np.asarray(keys, dtype="uint64")
        where: Any = np.asarray(rows, dtype="int64")
        vectors: Any = np.ascontiguousarray(table, dtype="float32")
        if vectors.ndim != 2 or names.shape != where.shape or names.ndim != 1:
            raise DataError(
                "a table of vectors has one row number for each key, and rows of one width",
                keys=names.shape,
                rows=where.shape,
                table=vectors.shape,
            )
        if len(where) and not 0 <= int(where.min()) <= int(where.max()) < len(vectors):
            raise DataError(f"there are keys for rows that are not among the {len(vectors)}")
        if not np.isfinite(vectors).all():
            raise DataError("a table of vectors holds what is no number")
        order = np.argsort(names, kind="stable")
        self.keys: Any = names[order]
        self.rows: Any = where[order]
        self.table: Any = vectors

    @property
    def width(self) -> int:
        """Of a vector."""
        return int(self.table.shape[1])

    def __len__(self) -> int:
        return len(self.keys)

    def __repr__(self) -> str:
        return f"VectorTable({len(self)} words, {self.width} wide)"


def as_vector_table(vectors: Any) -> VectorTable:
    """Vectors in any of the forms that ``StaticVectors`` takes.

    Args:
        vectors: A table; the path of a text file of them; a mapping from words to vectors; or
            the ``vectors`` of a spaCy vocabulary.

    Raises:
        DTypeError: It is none of these.
        DataError: The file cannot be read, or the vectors are not of one width.
    """
    if isinstance(vectors, VectorTable):
        return vectors
    if isinstance(vectors, (str, os.PathLike)):
        return read_vectors(os.fspath(vectors))
    if is_dict(vectors):
        return _of_words(list(vectors), list(vectors.values()))
    if hasattr(vectors, "key2row") and hasattr(vectors, "data"):
        return _of_spacy(vectors)
    raise DTypeError(
        f"{type(vectors).__name__} holds no vectors of words",
        fix="give the path of a file, a dict of vectors by word, or nlp.vocab.vectors",
    )


def read_vectors(path: str | os.PathLike[str], limit: int | None = None) -> VectorTable:
    """Read a text file of vectors, such as word2vec, GloVe and fastText publish, packed or not.

    Each line is a word and its numbers with blanks between them; a first line of two numbers
    (how many, and how wide) is a heading. Of a word that comes twice the first is taken.

    Args:
        path: Of the file.
        limit: Take no more than the first so many; files begin with the most frequent words.

    Raises:
        DataError: There is no such file, or a line is malformed; the message says which.
    """
    source = os.fspath(path)
    words: dict[str, int] = {}
    rows: list[Any] = []
    promised, width = _heading(source)
    for number, cells in _rows(source, width, has_heading=promised is not None):
        if limit is not None and len(rows) >= limit:
            break
        if words.setdefault(cells[0], len(rows)) == len(rows):
            rows.append(_numbers(source, number, cells[1:]))
        elif promised is not None:
            promised -= 1
    if promised is not None and len(rows) < min(promised, promised if limit is None else limit):
        raise DataError(
            f"{source}: the heading promises {promised} vectors, and there are {len(rows)}",
            fix="the file is cut off: copy it again",
        )
    return _of_words(list(words), rows)


def width_of_file(path: str | os.PathLike[str]) -> int:
    """How wide the vectors in a file are; reads no more than its first line."""
    return _heading(os.fspath(path))[1]


def _heading(source: str) -> tuple[int | None, int]:
    """How many vectors a file says it holds, if it does, and how wide they are."""
    for number, line in _lines(source):
        cells = line.rstrip().split(" ")
        if len(cells) == 2 and all(cell.isdecimal() for cell in cells):
            return int(cells[0]), int(cells[1])
        if len(cells) < 2:
            raise bad_line(source, number, "a word and its numbers stand in a line, with blanks")
        return None, len(cells) - 1
    raise DataError(f"{source!r} holds no vectors")


def _rows(source: str, width: int, *, has_heading: bool) -> Iterator[tuple[int, list[str]]]:
    for number, line in _lines(source):
        if (number == 1 and has_heading) or not line.strip():
            continue
        cells = line.rstrip().rsplit(" ", width)  # a word may hold blanks
        if len(cells) != width + 1:
            what = f"this word has {len(cells) - 1} numbers, and the first has {width}"
            raise bad_line(source, number, what, "is the file cut off?")
        yield number, cells


def _lines(source: str) -> Iterator[tuple[int, str]]:
    try:
        yield from numbered_lines(source)
    except OSError as error:
        raise DataError(
            f"the vectors in {source!r} cannot be read: {error.strerror or error}",
            fix="give the path of a file that is there",
        ) from error


def _numbers(source: str, number: int, cells: Sequence[str]) -> Any:
    try:
        row: Any = np.array(cells, dtype="float32")
    except ValueError as error:
        raise bad_line(source, number, f"this is no row of numbers: {error}") from error
    if not np.isfinite(row).all():
        raise bad_line(source, number, "a number here is infinite or none")
    return row


def _of_words(words: Sequence[Any], vectors: Sequence[Any]) -> VectorTable:
    for word in words:
        if not isinstance(word, str):
            raise DTypeError(f"vectors are of words, got one of {type(word).__name__}")
    widths = sorted({np.shape(vector) for vector in vectors}, key=len)
    if len(widths) != 1 or len(widths[0]) != 1:
        raise DataError("vectors of words are all of one width", shapes=widths[:5])
    rows: Any = np.arange(len(words))
    table: Any = np.stack(vectors)
    return VectorTable(hash_strings(words), rows, table)


def _of_spacy(vectors: Any) -> VectorTable:
    if getattr(getattr(vectors, "mode", None), "value", "default") != "default":
        raise DTypeError(
            "vectors of floret are no table of words",
            fix="export a table: nlp.vocab.vectors of mode 'default'",
        )
    pairs: Mapping[int, int] = vectors.key2row
    data: Any = vectors.data
    host = data.get() if hasattr(data, "get") else data
    return VectorTable(
        np.array(list(pairs.keys()), dtype="uint64"),
        np.array(list(pairs.values()), dtype="int64"),
        host,
    )
