"""Save a model so that one line loads it again, and load what others saved without trusting it."""

from __future__ import annotations

from ..archive import Archive as Archive
from .archives import load as load
from .archives import load_archive as load_archive
from .archives import save as save
from .transfer import Transfer as Transfer

__all__ = ["Archive", "Transfer", "load", "load_archive", "save"]
