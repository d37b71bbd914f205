"""Configs to train from, and readers of the data they train on (extra ``examples``)."""

from __future__ import annotations

from .digits import Digits as Digits
from .languages import Languages as Languages

__all__ = ["Digits", "Languages"]
