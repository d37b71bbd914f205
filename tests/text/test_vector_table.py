"""Vectors of words: their files, and the other forms they come in."""

from __future__ import annotations

import gzip
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from combinet.errors import DataError, DTypeError
from combinet.text import VectorTable, as_vector_table, hash_string, read_vectors


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vectors.txt"


def vector(table: VectorTable, word: str) -> list[float] | None:
    (found,) = np.nonzero(table.keys == np.uint64(hash_string(word)))
    return table.table[table.rows[found[0]]].tolist() if len(found) else None


@pytest.mark.parametrize("heading", ["", "3 2\n"])
def test_word2vec_and_fasttext_have_a_heading_and_glove_has_none(heading: str, path: Path) -> None:
    path.write_text(f"{heading}the 1 2\n. . -1.5 2e-1\ndöner 0 4 \n", "utf-8")
    table = read_vectors(path)
    assert (len(table), table.width) == (3, 2)
    assert vector(table, "the") == [1, 2]
    assert vector(table, ". .") == [-1.5, np.float32(0.2)]  # GloVe has words with blanks
    assert vector(table, "döner") == [0, 4]
    assert vector(table, "The") is None


def test_a_packed_file_is_unpacked(path: Path) -> None:
    packed = path.with_suffix(".gz")
    packed.write_bytes(gzip.compress(b"a 1 2\nb 3 4\n"))
    assert vector(read_vectors(packed), "b") == [3, 4]


def test_of_a_word_that_comes_twice_the_first_is_taken(path: Path) -> None:
    path.write_text("3 1\na 1\nb 2\na 3\n")
    assert vector(read_vectors(path), "a") == [1]


def test_no_more_are_read_than_are_wanted(path: Path) -> None:
    path.write_text("3 1\na 1\nb 2\nc no number\n")
    assert len(read_vectors(path, limit=2)) == 2


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "holds no vectors"),
        ("a\n", "vectors.txt:1: a word and its numbers"),
        ("a 1 2\nb 3\n", "vectors.txt:2: this word has 1 numbers, and the first has 2"),
        ("a 1 2\nb 3 x\n", "vectors.txt:2: this is no row of numbers"),
        ("a 1 2\nb 3 nan\n", "vectors.txt:2: a number here is infinite or none"),
        ("3 1\na 1\nb 2\n", "promises 3 vectors, and there are 2"),
    ],
)
def test_a_malformed_file_is_named_with_the_line(text: str, named: str, path: Path) -> None:
    path.write_text(text)
    with pytest.raises(DataError, match=named):
        read_vectors(path)


def test_a_file_that_is_not_there_is_named(path: Path) -> None:
    with pytest.raises(DataError, match=r"vectors\.txt' cannot be read: No such file"):
        read_vectors(path)


def test_a_dict_gives_its_vectors() -> None:
    table = as_vector_table({"b": [1, 2], "a": np.array([3, 4])})
    assert vector(table, "a") == [3, 4]
    assert as_vector_table(table) is table


def spacys(mode: str = "default", **more: Any) -> Any:
    """What there is of spaCy's ``Vectors`` for us."""
    keys = {hash_string("a"): 1, hash_string("b"): 0, hash_string("c"): 1}
    data = np.array([[1, 2], [3, 4]], dtype="float32")
    return SimpleNamespace(key2row=keys, data=data, mode=SimpleNamespace(value=mode), **more)


def test_spacys_vectors_are_taken_where_words_share_some_too() -> None:
    table = as_vector_table(spacys())
    assert [vector(table, word) for word in "abc"] == [[3, 4], [1, 2], [3, 4]]
    with pytest.raises(DTypeError, match="floret"):
        as_vector_table(spacys("floret"))


@pytest.mark.parametrize("thing", [5, None, ["a"], np.ones(3), {1: [2.0]}])
def test_what_holds_no_vectors_is_refused(thing: Any) -> None:
    with pytest.raises(DTypeError, match="vectors"):
        as_vector_table(thing)


def test_vectors_of_several_widths_are_refused() -> None:
    with pytest.raises(DataError, match="one width"):
        as_vector_table({"a": [1, 2], "b": [1]})
    with pytest.raises(DataError, match="one width"):
        as_vector_table({})


@pytest.mark.parametrize(
    ("keys", "rows", "table"),
    [([1], [0, 1], [[1.0]]), ([1], [1], [[1.0]]), ([1], [-1], [[1.0]]), ([1], [0], [[np.nan]])],
)
def test_what_does_not_fit_together_is_refused(keys: Any, rows: Any, table: Any) -> None:
    with pytest.raises(DataError):
        VectorTable(keys, rows, table)
