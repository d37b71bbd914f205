"""Read ``.cfg`` files, say all that is wrong with them, and build what they describe."""

from __future__ import annotations

from ..errors import ConfigError as ConfigError
from .build import Checked as Checked
from .build import check as check
from .build import fill as fill
from .build import resolve as resolve
from .config import Config as Config

ConfigValidationError = ConfigError  # Thinc's name for it

__all__ = ["Checked", "Config", "ConfigError", "ConfigValidationError", "check", "fill", "resolve"]
