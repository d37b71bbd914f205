"""SequenceTagger: labels of words that are found for a whole document at once."""

from __future__ import annotations

from ..chain import chain
from ..combinators import with_array
from ..layers import Linear, Softmax_v2
from ..model import Model
from ..registry import registry
from ..types import Floats2d
from .doc import Doc
from .transitions import ChainScores, Transitions


@registry.architectures("combinet.SequenceTagger.v1")
def SequenceTagger(
    tok2vec: Model[list[Doc], list[Floats2d]], nO: int | None = None
) -> Model[list[Doc], ChainScores]:
    """A linear-chain conditional random field over what ``tok2vec`` says of each word.

    Takes the place of ``Tagger`` where labels depend on their neighbours, as those of spans do.

    Args:
        tok2vec: Such as ``combinet.Tok2Vec.v1``; it is the reference "tok2vec".
        nO: Number of labels; read from ``Y`` at initialize() when omitted.

    Shapes:
        A list of documents of n words -> a list of (n, nO), and T (nO + 1, nO + 1).
    """
    head = SequenceTaggerHead(nO)
    model = chain(tok2vec, head)
    model.set_ref("tok2vec", tok2vec)
    model.set_ref("output_layer", head)
    return model


@registry.architectures("combinet.SequenceTaggerHead.v1")
def SequenceTaggerHead(nO: int | None = None) -> Model[list[Floats2d], ChainScores]:
    """The head of a ``SequenceTagger``, for a ``tok2vec`` that several heads share.

    Args:
        nO: Number of labels; read from ``Y`` at initialize() when omitted.

    Shapes:
        A list of (n, nI) -> a list of (n, nO), and T (nO + 1, nO + 1).
    """
    return chain(with_array(Linear(nO)), Transitions(nO))


@registry.architectures("combinet.TaggerHead.v1")
def TaggerHead(
    nO: int | None = None, normalize: bool = True
) -> Model[list[Floats2d], list[Floats2d]]:
    """The head of a ``Tagger``, for a ``tok2vec`` that several heads share.

    Args:
        nO: Number of labels; read from ``Y`` at initialize() when omitted.
        normalize: With False, ``predict`` gives logits, which have the same order.

    Shapes:
        A list of (n, nI) -> a list of (n, nO).
    """
    return with_array(Softmax_v2(nO, normalize_outputs=normalize))
