"""Encoders that make one vector of a sequence of vectors."""

from __future__ import annotations

from ..chain import chain
from ..combinators import with_array
from ..layers import Maxout, ParametricAttention, expand_window, reduce_max, reduce_mean, reduce_sum
from ..model import Model
from ..registry import registry
from ..types import Floats2d, Ragged


@registry.architectures("combinet.MeanPool.v1")
def MeanPool() -> Model[Ragged, Floats2d]:
    """The mean."""
    return reduce_mean()


@registry.architectures("combinet.AttentionPool.v1")
def AttentionPool() -> Model[Ragged, Floats2d]:
    """A weighted mean, weights by a trained query.

    Source:
        Yang et al., Hierarchical Attention Networks for Document Classification, 2016.
    """
    return chain(ParametricAttention(), reduce_sum())


@registry.architectures("combinet.WindowPool.v1")
def WindowPool(width: int, window_size: int = 1) -> Model[Ragged, Floats2d]:
    """The maximum over what a maxout layer makes of each vector and its neighbours.

    Args:
        width: Of the result.
        window_size: Neighbours on each side.
    """
    return chain(
        expand_window(window_size, of="ragged"),
        with_array(Maxout(width), of="ragged"),
        reduce_max(),
    )
