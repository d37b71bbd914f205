"""TextClassifier: embed, encode, classify; each part is swapped in the .cfg."""

from __future__ import annotations

from typing import TypeVar

from ..chain import chain
from ..model import Model
from ..registry import registry
from ..types import Floats2d, Ragged

Text = TypeVar("Text")


@registry.architectures("combinet.TextClassifier.v1")
def TextClassifier(
    embed: Model[list[Text], Ragged],
    encode: Model[Ragged, Floats2d],
    head: Model[Floats2d, Floats2d],
) -> Model[list[Text], Floats2d]:
    """Probabilities of labels for short texts.

    Args:
        embed: Texts, or lists of words, to sequences of vectors, as
            ``combinet.CharacterNgrams.v1`` and ``combinet.WordsAndSubwords.v1``.
        encode: A sequence to one vector, as ``combinet.MeanPool.v1``.
        head: A vector to probabilities, as ``combinet.HiddenHead.v1``.
    """
    return chain(embed, encode, head)
