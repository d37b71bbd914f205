"""Tagger: the probabilities of labels for each word."""

from __future__ import annotations

from ..chain import chain
from ..combinators import with_array
from ..layers import Softmax_v2
from ..model import Model
from ..registry import registry
from ..types import Floats2d
from .doc import Doc


@registry.architectures("combinet.Tagger.v1")
def Tagger(
    tok2vec: Model[list[Doc], list[Floats2d]], nO: int | None = None, normalize: bool = True
) -> Model[list[Doc], list[Floats2d]]:
    """A softmax over what ``tok2vec`` says of each word; its weights are zeros at first.

    Backprop takes the gradient with respect to the logits, as ``Softmax`` does.

    Args:
        tok2vec: Such as ``combinet.Tok2Vec.v1``; it is the reference "tok2vec".
        nO: Number of labels; read from ``Y`` at initialize() when omitted.
        normalize: With False, ``predict`` gives logits, which have the same order.

    Shapes:
        A list of documents of n words -> a list of (n, nO).
    """
    output = Softmax_v2(nO, normalize_outputs=normalize)
    model = chain(tok2vec, with_array(output))
    model.set_ref("tok2vec", tok2vec)
    model.set_ref("output_layer", output)
    return model
