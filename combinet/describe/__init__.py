"""From a model back to the config that builds it."""

from __future__ import annotations

from .described import Described as Described

__all__ = ["Described"]
