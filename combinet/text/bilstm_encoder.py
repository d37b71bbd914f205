"""BiLSTMEncoder: words in their context, by a recurrent network in both directions."""

from __future__ import annotations

from typing import Any

from ..combinators import noop, with_padded
from ..layers import LSTM
from ..model import Model
from ..registry import registry
from ..types import Floats2d


@registry.architectures("combinet.BiLSTMEncoder.v1")
def BiLSTMEncoder(
    width: int, depth: int, dropout: float = 0.0
) -> Model[list[Floats2d], list[Floats2d]]:
    """A bidirectional LSTM of ``depth`` layers.

    Args:
        width: Of the vectors that come in, and of those that go out; even.
        depth: How many layers; with none the vectors stay as they are.
        dropout: Rate at which the weights are dropped in training.

    Shapes:
        A list of (n, width) -> the same.
    """
    if depth == 0:
        nothing: Model[Any, Any] = noop(of="list")
        return nothing
    return with_padded(LSTM(width, width, bi=True, depth=depth, dropout=dropout))
