"""The commands: one file each."""

from __future__ import annotations

from ._app import main as main

__all__ = ["main"]
