"""The error of the gradient check."""

from __future__ import annotations

from ..errors import CombinetError


class WrongGradient(CombinetError, AssertionError):
    """What backprop computes is not the gradient of what forward computes."""
