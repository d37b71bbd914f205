"""TextCatBOW: a linear classifier of texts by the words that they hold."""

from __future__ import annotations

from typing import Any

from ..chain import chain
from ..layers import Logistic, SparseLinear_v2, softmax_activation
from ..model import Model
from ..registry import registry
from ..types import Floats2d
from ._scores import noted
from .doc import Doc
from .extract_ngrams import extract_ngrams


@registry.architectures("combinet.TextCatBOW.v1")
def TextCatBOW(
    exclusive_classes: bool,
    ngram_size: int,
    no_output_layer: bool,
    length: int = 2**18,
    nO: int | None = None,
    attr: str = "ORTH",
) -> Model[list[Doc], Floats2d]:
    """``softmax(sum of the weights of all runs of words)``, or a logistic function of it.

    Args:
        exclusive_classes: One label is right; else each has a probability of its own.
        ngram_size: The longest run of words that has a weight.
        no_output_layer: Give the sums themselves.
        length: Weights of each label; runs that share some are told apart the worse.
        nO: Number of labels; read from ``Y`` at initialize() when omitted.
        attr: Which attribute of the words: LOWER where capitals do not matter.

    Shapes:
        A list of documents -> (documents, nO).
    """
    linear = SparseLinear_v2(nO, length)
    model: Model[Any, Any] = chain(extract_ngrams(ngram_size, attr), linear)
    if not no_output_layer:
        model = chain(model, softmax_activation() if exclusive_classes else Logistic())
    return noted(model, exclusive_classes, output_layer=linear)
