"""Nets so small that only the calls cost: 16-32-32-4, and twenty layers; eight rows."""

from __future__ import annotations

from .mlp import MLP_BUILDERS, mlp_given, mlp_settings
from .workload import Case, Workload

FASTER = {"thinc": 10.0, "torch": 10.0, "torch.compile": 8.0}

WORKLOAD = Workload(
    name="tiny",
    cases=[
        Case("16-32-32-4", mlp_settings((16, 32, 32, 4), batch=8, dropout=0.0)),
        Case("20 layers of 32", mlp_settings((16, *[32] * 19, 4), batch=8, dropout=0.0)),
    ],
    given=mlp_given,
    builders=MLP_BUILDERS,
    bars={"train": {**FASTER, "torch, fused Adam": 10.0}, "predict": FASTER},
    threads=(1,),
)
