"""Optimizers: functions from weights and gradients to better weights."""

from __future__ import annotations

from ._gradients import refuse_not_finite as refuse_not_finite
from ._groups import Groups as Groups
from ._steps import Rows as Rows
from .adam import Adam as Adam
from .adam import AdamW as AdamW
from .adam import RAdam as RAdam
from .optimizer import Optimizer as Optimizer
from .sgd import SGD as SGD
