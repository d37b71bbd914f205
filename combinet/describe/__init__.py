"""What is known of a model from how it is made: the config that builds it, and its arithmetic."""

from __future__ import annotations

from .described import Described as Described
from .flops import Flops as Flops
from .flops import FlopsOf as FlopsOf
from .flops import flops_rule as flops_rule
from .shared import shared as shared

__all__ = ["Described", "Flops", "FlopsOf", "flops_rule", "shared"]
