"""MultiHashEmbed: a word's vector from hashed vectors of several of its attributes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..chain import chain
from ..combinators import concatenate, uniqued, with_array
from ..errors import CombinetError
from ..layers import HashEmbed, Maxout, list2ragged, ragged2list
from ..model import Model
from ..registry import registry
from ..types import Floats2d, Ints2d
from .doc import Doc
from .feature_extractor import FeatureExtractor
from .static_vectors import static_vectors


@registry.architectures("combinet.MultiHashEmbed.v1")
def MultiHashEmbed(
    width: int,
    attrs: Sequence[str],
    rows: Sequence[int],
    include_static_vectors: bool = False,
    dropout: float = 0.0,
    vectors: Any = None,
) -> Model[list[Doc], list[Floats2d]]:
    """A hash embedding of each attribute, side by side, mixed by a maxout layer with LayerNorm.

    Each word type of a batch is computed once; dropout is drawn once for each, too.

    Args:
        width: Of each embedding, and of the result.
        attrs: Attributes of a word: ORTH, NORM, LOWER, PREFIX, SUFFIX, SHAPE.
        rows: Of each attribute's table.
        include_static_vectors: Put a projection of vectors that were trained before beside
            the embeddings, see ``StaticVectors``.
        dropout: Rate behind the embeddings and behind the maxout layer.
        vectors: Where these are from, such as a path; ``set_vectors`` gives them when omitted.

    Shapes:
        A list of documents of n words -> a list of (n, width).

    Raises:
        CombinetError: There is not one number of rows for each attribute; or there are
            ``vectors`` and they are not included.
        UnknownName: A word has no such attribute.
    """
    check_static_vectors(include_static_vectors, vectors)
    if len(rows) != len(attrs) or not attrs:
        raise CombinetError(
            "MultiHashEmbed needs one number of rows for each attribute",
            attrs=list(attrs),
            rows=list(rows),
        )
    # One more column tells word types apart.
    columns = list(attrs) if "ORTH" in attrs else [*attrs, "ORTH"]
    orth = columns.index("ORTH")
    embeds = [HashEmbed(width, n, column=i, dropout=dropout) for i, n in enumerate(rows)]
    if include_static_vectors:
        embeds.append(static_vectors(width, vectors=vectors, column=orth, dropout=dropout))
    mixed: Model[Ints2d, Floats2d] = chain(
        concatenate(*embeds), Maxout(width, normalize=True, dropout=dropout)
    )
    return chain(FeatureExtractor(columns), embedded(mixed, orth))


def embedded(layer: Model[Ints2d, Floats2d], column: int) -> Model[list[Ints2d], list[Floats2d]]:
    """``layer`` over lists of ids, run once for each value of ``column`` in a batch."""
    over_rows: Model[Any, Any] = with_array(uniqued(layer, column=column), of="ragged")
    model: Model[list[Ints2d], list[Floats2d]] = chain(
        list2ragged(of="ints"), over_rows, ragged2list()
    )
    return model


def check_static_vectors(wanted: bool | None, vectors: Any) -> None:
    """Refuse vectors that would not be used.

    Raises:
        CombinetError: There are some and they are not wanted.
    """
    if vectors is not None and not wanted:
        raise CombinetError(
            "vectors are given, and not included",
            fix="include_static_vectors = true (pretrained_vectors = true), or no vectors",
        )
