"""BagOfEmbeddings: a document's vector from those of its words."""

from __future__ import annotations

from ..chain import chain
from ..layers import list2ragged, reduce_mean, reduce_sum
from ..model import Model
from ..registry import registry
from ..types import Floats2d


@registry.architectures("combinet.BagOfEmbeddings.v1")
def BagOfEmbeddings(averaged: bool = False) -> Model[list[Floats2d], Floats2d]:
    """The sum of the vectors of a document's words; zeros for a document without words.

    Args:
        averaged: The mean in place of the sum.

    Shapes:
        A list of (n, nI) -> (documents, nI).
    """
    return chain(list2ragged(), reduce_mean() if averaged else reduce_sum())
