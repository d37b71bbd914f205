"""Numbers that change from step to step: learning rates, batch sizes, dropout rates."""

from __future__ import annotations

from .curves import compounding as compounding
from .curves import constant as constant
from .curves import constant_then as constant_then
from .curves import cyclic_triangular as cyclic_triangular
from .curves import decaying as decaying
from .curves import slanted_triangular as slanted_triangular
from .curves import warmup_linear as warmup_linear
from .plateau import plateau as plateau
from .schedule import Rate as Rate
from .schedule import Schedule as Schedule
from .schedule import as_schedule as as_schedule
