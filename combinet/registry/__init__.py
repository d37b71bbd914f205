"""Names for functions, so that a .cfg file can refer to them.

Registering fills a table and imports nothing. What other packages offer through entry points
(``combinet_<kind>``, for example ``combinet_layers``) is looked at when a name is not in the
table; only then is catalogue imported.
"""

from __future__ import annotations

from .kinds import Lookup as Lookup
from .kinds import registry as registry
from .suggest import did_you_mean as did_you_mean
from .suggest import unknown as unknown
from .table import Registry as Registry

__all__ = ["Lookup", "Registry", "did_you_mean", "registry", "unknown"]
