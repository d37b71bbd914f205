"""Tok2Vec: a vector for each word, in its context."""

from __future__ import annotations

from ..chain import chain
from ..model import Model
from ..registry import registry
from ..types import Floats2d
from .doc import Doc


@registry.architectures("combinet.Tok2Vec.v1")
def Tok2Vec(
    embed: Model[list[Doc], list[Floats2d]], encode: Model[list[Floats2d], list[Floats2d]]
) -> Model[list[Doc], list[Floats2d]]:
    """First each word by itself, then in its context: ``encode(embed(X))``.

    Args:
        embed: Such as ``combinet.MultiHashEmbed.v1``; it is the reference "embed".
        encode: Such as ``combinet.MaxoutWindowEncoder.v1``; it is the reference "encode".
    """
    model = chain(embed, encode)
    model.set_ref("embed", embed)
    model.set_ref("encode", encode)
    return model
