"""MishWindowEncoder: words in their context, by Mish layers over windows."""

from __future__ import annotations

from ..layers import Mish
from ..model import Model
from ..registry import registry
from ..types import Floats2d
from ._windows import windows


@registry.architectures("combinet.MishWindowEncoder.v1")
def MishWindowEncoder(
    width: int, window_size: int, depth: int, dropout: float = 0.0
) -> Model[list[Floats2d], list[Floats2d]]:
    """``MaxoutWindowEncoder`` with Mish units.

    Args:
        width: Of the vectors that come in, and of those that go out.
        window_size: Words that a layer sees on each side.
        depth: How many layers.
        dropout: Rate behind each layer.

    Shapes:
        A list of (n, width) -> the same.
    """
    layer = Mish(width, width * (2 * window_size + 1), normalize=True, dropout=dropout)
    return windows(layer, window_size, depth)
