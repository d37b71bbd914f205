"""Who takes part: libraries, and the ways to run one that its own users would try."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .workload import Workload


class Contestant(NamedTuple):
    """A library, and what its builders are told about how to run it."""

    name: str
    library: str
    variant: str


CONTESTANTS = (
    Contestant("combinet", "combinet", "eager"),
    Contestant("thinc", "thinc", "eager"),
    Contestant("thinc, no BLIS", "thinc", "no BLIS"),
    Contestant("torch", "torch", "eager"),
    Contestant("torch, fused Adam", "torch", "fused"),
    Contestant("torch.compile", "torch", "compile"),
    Contestant("torch.compile, fused Adam", "torch", "compile fused"),
    Contestant("jax.jit", "jax", "jit"),
    Contestant("safetensors", "safetensors", "eager"),
)

#: The distributions whose versions say what a library's figures were measured on.
DISTRIBUTIONS = {
    "combinet": ("combinet", "numpy"),
    "thinc": ("thinc", "blis", "numpy"),
    "torch": ("torch",),
    "jax": ("jax", "jaxlib", "numpy"),
    "safetensors": ("safetensors", "numpy"),
}


def entered(workload: Workload, libraries: Sequence[str]) -> list[Contestant]:
    """The contestants that a workload has builders and variants for, of these libraries."""
    return [
        contestant
        for contestant in CONTESTANTS
        if contestant.library in workload.builders
        and contestant.library in libraries
        and (not workload.variants or contestant.variant in workload.variants)
    ]
