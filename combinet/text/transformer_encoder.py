"""TransformerEncoder: words in their context, by attention to all words of the document."""

from __future__ import annotations

from typing import Any

from ..chain import chain
from ..combinators import clone, with_array, with_ragged
from ..layers import Gelu, LayerNorm, Linear, MultiHeadAttention, TransformerEncoderBlock
from ..model import Model
from ..registry import registry
from ..types import Floats2d, Ragged


@registry.architectures("combinet.TransformerEncoder.v1")
def TransformerEncoder(
    width: int, depth: int, heads: int = 4, dropout: float = 0.0
) -> Model[list[Floats2d], list[Floats2d]]:
    """``depth`` transformer blocks, not pretrained, then LayerNorm.

    Norms stand in front of each part, so that it trains without a warm-up; where a word stands
    is told by rotary positions. The feed-forward networks are four times as wide.

    Args:
        width: Of the vectors that come in, and of those that go out; a multiple of ``heads``,
            by an even number.
        depth: How many blocks.
        heads: How many times each word looks at the others.
        dropout: Rate behind each attention and each feed-forward network.

    Shapes:
        A list of (n, width) -> the same.
    """
    attention = MultiHeadAttention(heads, width, width, rotary_period=10000.0)
    feed_forward = chain(Gelu(4 * width, width), Linear(width, 4 * width))
    block: Model[Ragged, Ragged] = TransformerEncoderBlock(attention, feed_forward, dropout=dropout)
    norm: Model[Any, Any] = with_array(LayerNorm(width), of="ragged")
    return with_ragged(chain(clone(block, depth), norm))
