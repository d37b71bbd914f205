"""HashEmbedCNN: hash embeddings and maxout windows in one."""

from __future__ import annotations

from typing import Any

from ..model import Model
from ..registry import registry
from ..types import Floats2d
from .doc import Doc
from .maxout_window_encoder import MaxoutWindowEncoder
from .multi_hash_embed import MultiHashEmbed
from .tok2vec import Tok2Vec


@registry.architectures("combinet.HashEmbedCNN.v1")
def HashEmbedCNN(
    *,
    width: int,
    depth: int,
    embed_size: int,
    window_size: int,
    maxout_pieces: int,
    subword_features: bool,
    pretrained_vectors: bool | None = None,
    dropout: float = 0.0,
    vectors: Any = None,
) -> Model[list[Doc], list[Floats2d]]:
    """``Tok2Vec`` of a ``MultiHashEmbed`` and a ``MaxoutWindowEncoder``.

    Args:
        width: Of everything.
        depth: How many window layers there are.
        embed_size: Rows of the table of NORM; those of the other attributes have half as many.
        window_size: Words that a layer sees on each side.
        maxout_pieces: Pieces of the maxout units in the windows.
        subword_features: Look at PREFIX, SUFFIX and SHAPE too.
        pretrained_vectors: Use vectors that were trained before too, see ``StaticVectors``.
        dropout: Rate behind each part.
        vectors: Where these are from, such as a path; ``set_vectors`` gives them when omitted.

    Shapes:
        A list of documents of n words -> a list of (n, width).
    """
    attrs, rows = ["NORM"], [embed_size]
    if subword_features:
        attrs += ["PREFIX", "SUFFIX", "SHAPE"]
        rows += [max(1, embed_size // 2)] * 3
    return Tok2Vec(
        MultiHashEmbed(width, attrs, rows, bool(pretrained_vectors), dropout, vectors),
        MaxoutWindowEncoder(width, window_size, maxout_pieces, depth, dropout),
    )
