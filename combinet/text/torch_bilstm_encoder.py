"""TorchBiLSTMEncoder: ``BiLSTMEncoder`` with PyTorch's own LSTM."""

from __future__ import annotations

from ..bridges import PyTorchLSTM
from ..model import Model
from ..registry import registry
from ..types import Floats2d


@registry.architectures("combinet.TorchBiLSTMEncoder.v1")
def TorchBiLSTMEncoder(
    width: int, depth: int, dropout: float = 0.0
) -> Model[list[Floats2d], list[Floats2d]]:
    """A bidirectional LSTM of ``depth`` layers that PyTorch runs.

    Args:
        width: Of the vectors that come in, and of those that go out; even.
        depth: How many layers; with none the vectors stay as they are.
        dropout: Rate between the layers, in training.

    Shapes:
        A list of (n, width) -> the same.

    Raises:
        DimError: ``width`` is odd.
        MissingPackageError: PyTorch is not installed.
    """
    return PyTorchLSTM(width, width, bi=True, depth=depth, dropout=dropout)
