"""Vectors of spaCy's vocabulary for the models that use some, as spaCy's own models use them.

The node of Thinc's looks into the vocabulary of the documents that it is given, so the vectors
are in the pipeline's files once, and those of its components do not repeat them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._guards import is_tuple
from ..bridges import _thinc_node as node
from ..errors import DataError
from ..text.static_vectors import borrowers, lend_vectors


def from_vocabulary(made: Any) -> Any:
    """Let what ``to_thinc`` made look up vectors in the vocabulary, if it has use for any."""
    inner = made.shims[0].model
    if borrowers(inner):
        lend_vectors(inner)
        made._func, made.init = forward, init
    return made


def forward(model: Any, X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    """That of the node, with the vectors of these documents."""
    _look_up(model, X)
    return node.forward(model, X, is_train)


def init(model: Any, X: Any = None, Y: Any = None) -> Any:
    """That of the node, which needs a document to know how wide the vectors are."""
    _look_up(model, X)
    return node.init(model, X, Y)


def _look_up(model: Any, X: Any) -> None:
    docs: Any = X[0] if is_tuple(X) else X  # a span categorizer's come with spans
    if not docs:
        return
    vocab: Any = getattr(docs[0], "vocab", None)
    if vocab is None:
        return
    vectors = vocab.vectors
    if not vectors.shape[1]:
        raise DataError(
            "the vocabulary of the pipeline has no vectors, and the model looks words up in them",
            fix='[initialize] vectors = "en_core_web_md", or include_static_vectors = false',
        )
    lend_vectors(model.shims[0].model, vectors)
