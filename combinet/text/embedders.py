"""Embedders of short texts: one vector for each n-gram, character or word."""

from __future__ import annotations

from collections.abc import Sequence

from ..chain import chain
from ..combinators import with_array
from ..layers import HashEmbed, list2ragged, strings2arrays
from ..model import Model
from ..registry import registry
from ..types import Ragged
from .character_ngrams import character_ngrams
from .doc import Doc
from .extract_subwords import extract_subwords
from .split_words import split_words


@registry.architectures("combinet.CharacterNgrams.v1")
def CharacterNgrams(
    width: int, rows: int, sizes: Sequence[int] = (1, 2, 3)
) -> Model[list[str], Ragged]:
    """A hashed vector for every run of characters of these lengths.

    Args:
        width: Of the vectors.
        rows: Of the table they are added up from; more rows, fewer collisions.
        sizes: Lengths of the runs.
    """
    return chain(character_ngrams(sizes), _hashed(width, rows))


@registry.architectures("combinet.Characters.v1")
def Characters(width: int, rows: int) -> Model[list[str], Ragged]:
    """A hashed vector for every character."""
    return chain(character_ngrams([1]), _hashed(width, rows))


@registry.architectures("combinet.Words.v1")
def Words(width: int, rows: int) -> Model[list[str], Ragged]:
    """A hashed vector for every word between white space."""
    words = chain(split_words(), strings2arrays())
    return chain(words, list2ragged(of="ints"), _hashed(width, rows))


@registry.architectures("combinet.WordsAndSubwords.v1")
def WordsAndSubwords(
    width: int, rows: int, ngram_size: int = 2, sizes: Sequence[int] = (3, 4, 5)
) -> Model[list[Doc], Ragged]:
    """A hashed vector for every run of words, and for every run of characters inside a word.

    Args:
        width: Of the vectors.
        rows: Of the table they are added up from; more rows, fewer collisions.
        ngram_size: The longest run of words.
        sizes: Lengths of the runs of characters.
    """
    return chain(extract_subwords(ngram_size, sizes), _hashed(width, rows))


def _hashed(width: int, rows: int) -> Model[Ragged, Ragged]:
    return with_array(HashEmbed(width, rows, column=0), of="ragged")
