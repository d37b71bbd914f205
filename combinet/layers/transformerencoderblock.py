"""TransformerEncoderBlock: attention and a feed-forward network, each with a way around it."""

from __future__ import annotations

from typing import Any, Literal, TypeVar

from ..chain import chain
from ..combinators.residual import residual
from ..combinators.with_array import with_array
from ..errors import CombinetError
from ..model import Model
from ..registry import registry
from ..types import Floats2d
from .dropout import Dropout
from .layernorm import LayerNorm

Both = TypeVar("Both")


@registry.layers("TransformerEncoderBlock.v1")
def TransformerEncoderBlock(
    attention: Model[Both, Both],
    feed_forward: Model[Floats2d, Floats2d],
    *,
    order: Literal["pre-norm", "post-norm"] = "pre-norm",
    norm: Model[Floats2d, Floats2d] | None = None,
    dropout: float = 0.0,
) -> Model[Both, Both]:
    """``H = X + attention(norm(X))``, ``Y = H + feed_forward(norm(H))``.

    With "post-norm": ``H = norm(X + attention(X))``, ``Y = norm(H + feed_forward(H))``. A chain
    of ``residual``, ``with_array`` and the layers given.

    Args:
        attention: From sequences to sequences of the same width, such as MultiHeadAttention(8).
        feed_forward: From rows to rows of the same width, such as Gelu(2048) >> Linear().
        order: Where the norms stand: "pre-norm" trains without a warm-up of the learn rate.
        norm: Of which each place gets a copy; LayerNorm() if omitted.
        dropout: Rate behind attention and feed_forward.

    Shapes:
        Sequences of rows -> the same, in the container that ``attention`` takes.

    Raises:
        CombinetError: There is no such order.

    Source:
        Vaswani et al., Attention Is All You Need, 2017, section 3.1; pre-norm: Xiong et al., On
        Layer Normalization in the Transformer Architecture, 2020.

    Example:
        >>> from combinet.layers import Gelu, Linear, MultiHeadAttention, TransformerEncoderBlock
        >>> block = TransformerEncoderBlock(MultiHeadAttention(4), Gelu(256) >> Linear())
    """
    parts: list[Model[Any, Any]] = [attention, with_array(feed_forward)]
    norms = [LayerNorm() if norm is None else norm.copy() for _ in parts]
    blocks: list[Model[Any, Any]] = []
    for part, each in zip(parts, norms, strict=True):
        around: Model[Any, Any] = with_array(each)
        dropped: Model[Any, Any] = chain(part, Dropout(dropout))
        if order == "pre-norm":
            blocks.append(residual(chain(around, dropped)))
        elif order == "post-norm":
            blocks.append(chain(residual(dropped), around))
        else:
            raise CombinetError(f"the order of a block is 'pre-norm' or 'post-norm', got {order!r}")
    block: Model[Both, Both] = chain(blocks[0], blocks[1])
    return block
