"""MaxoutWindowEncoder: words in their context, by maxout layers over windows."""

from __future__ import annotations

from ..layers import Maxout
from ..model import Model
from ..registry import registry
from ..types import Floats2d
from ._windows import windows


@registry.architectures("combinet.MaxoutWindowEncoder.v1")
def MaxoutWindowEncoder(
    width: int, window_size: int, maxout_pieces: int, depth: int, dropout: float = 0.0
) -> Model[list[Floats2d], list[Floats2d]]:
    """``depth`` residual layers: maxout units over each word and its neighbours, LayerNorm.

    A window never reaches over an end of its document: there are zeros, in every layer.

    Args:
        width: Of the vectors that come in, and of those that go out.
        window_size: Words that a layer sees on each side.
        maxout_pieces: Pieces of a maxout unit.
        depth: How many layers; a word's vector depends on ``window_size * depth`` on each side.
        dropout: Rate behind each layer.

    Shapes:
        A list of (n, width) -> the same.
    """
    nI = width * (2 * window_size + 1)
    layer = Maxout(width, nI, maxout_pieces, normalize=True, dropout=dropout)
    return windows(layer, window_size, depth)
