"""AttentionPool: a trained mean of the rows of each sequence."""

from __future__ import annotations

from ..chain import chain
from ..model import Model
from ..registry import registry
from ..types import Floats2d, Ragged
from .parametricattention import ParametricAttention
from .reduce_sum import reduce_sum


@registry.layers("AttentionPool.v1")
def AttentionPool(nO: int | None = None) -> Model[Ragged, Floats2d]:
    """``Y = sum(a X)`` with ``a = exp(X Q) / sum(exp(X Q))``, over the rows of each sequence.

    It is ``ParametricAttention() >> reduce_sum()``. An empty sequence gives zeros.

    Args:
        nO: Width of a row; read from ``X`` at initialize() when omitted.

    Shapes:
        Ragged of B sequences, nO wide -> (B, nO); Q (nO,).

    Raises:
        DTypeError: The input is no Ragged.

    Source:
        Yang et al., Hierarchical Attention Networks for Document Classification, 2016,
        equations 8 to 10.
    """
    return chain(ParametricAttention(nO), reduce_sum())
