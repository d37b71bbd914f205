"""TextCatReduce and TextCatCNN: classifiers of texts by their words' vectors, pooled."""

from __future__ import annotations

from typing import Any

from ..combinators import concatenate
from ..errors import CombinetError
from ..layers import list2ragged, reduce_first, reduce_last, reduce_max, reduce_mean
from ..model import Model
from ..registry import registry
from ..types import Floats2d
from ._scores import classifier
from .doc import Doc


@registry.architectures("combinet.TextCatReduce.v1")
def TextCatReduce(
    tok2vec: Model[list[Doc], list[Floats2d]],
    exclusive_classes: bool,
    use_reduce_first: bool,
    use_reduce_last: bool,
    use_reduce_max: bool,
    use_reduce_mean: bool,
    nO: int | None = None,
) -> Model[list[Doc], Floats2d]:
    """A linear classifier of the words' vectors, pooled in one or more ways side by side.

    Args:
        tok2vec: Such as ``combinet.Tok2Vec.v1``; it is the reference "tok2vec".
        exclusive_classes: One label is right; else each has a probability of its own.
        use_reduce_first: Take the first vector.
        use_reduce_last: Take the last one.
        use_reduce_max: Take the largest number of each column.
        use_reduce_mean: Take the mean.
        nO: Number of labels; read from ``Y`` at initialize() when omitted.

    Shapes:
        A list of documents -> (documents, nO).

    Raises:
        CombinetError: No way of pooling is chosen.
    """
    ways = {
        reduce_first: use_reduce_first,
        reduce_last: use_reduce_last,
        reduce_max: use_reduce_max,
        reduce_mean: use_reduce_mean,
    }
    chosen = [make() for make, is_used in ways.items() if is_used]
    if not chosen:
        raise CombinetError(
            "TextCatReduce needs one way of pooling or more", fix="use_reduce_mean = true"
        )
    parts: list[Model[Any, Any]] = [tok2vec, list2ragged(), concatenate(*chosen)]
    return classifier(parts, exclusive_classes, nO, tok2vec=tok2vec)


@registry.architectures("combinet.TextCatCNN.v1")
def TextCatCNN(
    tok2vec: Model[list[Doc], list[Floats2d]], exclusive_classes: bool, nO: int | None = None
) -> Model[list[Doc], Floats2d]:
    """A linear classifier of the mean of the words' vectors.

    Args:
        tok2vec: Such as ``combinet.HashEmbedCNN.v1``; it is the reference "tok2vec".
        exclusive_classes: One label is right; else each has a probability of its own.
        nO: Number of labels; read from ``Y`` at initialize() when omitted.

    Shapes:
        A list of documents -> (documents, nO).
    """
    return TextCatReduce(tok2vec, exclusive_classes, False, False, False, True, nO)
