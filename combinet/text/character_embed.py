"""CharacterEmbed: a word's vector from its first and last bytes, and from itself."""

from __future__ import annotations

from typing import Any

from ..chain import chain
from ..combinators import concatenate, with_array
from ..layers import Embed, HashEmbed, Maxout, list2ragged, ragged2list
from ..model import Model
from ..registry import registry
from ..types import Floats2d, Ragged
from .doc import Doc
from .feature_extractor import FeatureExtractor
from .multi_hash_embed import check_static_vectors
from .static_vectors import StaticVectors
from .utf8_bytes import utf8_bytes


@registry.architectures("combinet.CharacterEmbed.v1")
def CharacterEmbed(
    width: int,
    embed_size: int,
    nM: int,
    nC: int,
    include_static_vectors: bool = False,
    feature: str = "LOWER",
    dropout: float = 0.0,
    vectors: Any = None,
) -> Model[list[Doc], list[Floats2d]]:
    """Vectors of ``nC`` bytes and a hash embedding of the word, mixed by a maxout layer.

    A byte has a vector of its own in each place, see ``utf8_bytes`` for the places; so words
    that were never seen have vectors like those that begin and end as they do.

    Args:
        width: Of the hash embedding, and of the result.
        embed_size: Rows of the hash embedding's table.
        nM: Width of the vector of a byte.
        nC: How many bytes are taken of a word, half of them from its end.
        include_static_vectors: Put a projection of vectors that were trained before beside
            these, see ``StaticVectors``.
        feature: Which attribute of the word is embedded: LOWER, NORM, ORTH, ...
        dropout: Rate behind the hash embedding and behind the maxout layer.
        vectors: Where these are from, such as a path; ``set_vectors`` gives them when omitted.

    Shapes:
        A list of documents of n words -> a list of (n, width).
    """
    check_static_vectors(include_static_vectors, vectors)
    tables = concatenate(*[Embed(nM, 256, column=place) for place in range(nC)])
    word = HashEmbed(width, embed_size, column=0, dropout=dropout)
    letters: Model[list[Doc], Ragged] = chain(
        utf8_bytes(nC), list2ragged(of="ints"), with_array(tables, of="ragged")
    )
    words: Model[list[Doc], Ragged] = chain(
        FeatureExtractor([feature]), list2ragged(of="ints"), with_array(word, of="ragged")
    )
    mix: Model[Any, Any] = Maxout(width, normalize=True, dropout=dropout)
    parts = [letters, words]
    if include_static_vectors:
        parts.append(StaticVectors(width, vectors=vectors, dropout=dropout))
    return chain(concatenate(*parts), with_array(mix, of="ragged"), ragged2list())
