"""Regularizers: a penalty on the size of weights, and its gradient."""

from __future__ import annotations

from .applicator import RegularizerApplicator as RegularizerApplicator
from .l1 import L1Regularizer as L1Regularizer
from .l2 import L2Regularizer as L2Regularizer
from .regularizer import Regularizer as Regularizer
