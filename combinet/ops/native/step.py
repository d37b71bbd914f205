"""The optimizers' batched step, compiled."""

from __future__ import annotations

from typing import Any

from .._native import kernels
from ..numpy_ops import NumpyOps
from ..step_table import StepTable

_UNFIT = "unfit"  # what a table keeps that the kernels cannot take


class NativeStep(NumpyOps):
    """combinet.ops._step by the kernels of _native/step.cpp."""

    def take_step(self, table: StepTable) -> int:
        if table.native is None:
            arrays = (table.weights, table.gradients, table.mom1, table.mom2, table.averages)
            table.native = kernels.prepare_step(*arrays) or _UNFIT
        bad: Any = None
        if table.native is not _UNFIT:
            bad = kernels.take_step(
                table.native, table.rule, table.settings, table.clip_value, table.max_norm
            )
        return super().take_step(table) if bad is None else bad
