"""Adam and its kin."""

from __future__ import annotations

from collections.abc import Sequence

from ..registry import registry
from ..schedules import Rate
from ._groups import Groups
from ._rules import ADAM, ADAMW, RADAM
from .optimizer import Optimizer


@registry.optimizers("Adam.v1")
def Adam(
    learn_rate: Rate = 0.001,
    *,
    L2: Rate = 0.0,
    beta1: Rate = 0.9,
    beta2: Rate = 0.999,
    eps: Rate = 1e-8,
    grad_clip: Rate = 1.0,
    L2_is_weight_decay: bool = True,
    use_averages: bool = True,
    grad_norm: Rate | None = None,
    grad_clipping: Rate | None = None,
    groups: Groups = (),
    freeze: Sequence[str] = (),
) -> Optimizer:
    """Adam as Thinc takes it: eps beside the uncorrected moment, decay after the step.

    Args: as ``Optimizer``'s.

    Source:
        Kingma & Ba 2015, Adam, end of section 2.
    """
    return Optimizer(
        learn_rate,
        L2=L2,
        beta1=beta1,
        beta2=beta2,
        eps=eps,
        grad_clip=grad_clip,
        L2_is_weight_decay=L2_is_weight_decay,
        use_averages=use_averages,
        grad_norm=grad_norm,
        grad_clipping=grad_clipping,
        groups=groups,
        freeze=freeze,
        rule=ADAM,
    )


@registry.optimizers("AdamW.v1")
def AdamW(
    learn_rate: Rate = 0.001,
    *,
    L2: Rate = 0.01,
    beta1: Rate = 0.9,
    beta2: Rate = 0.999,
    eps: Rate = 1e-8,
    grad_clip: Rate = 1.0,
    use_averages: bool = True,
    grad_norm: Rate | None = None,
    grad_clipping: Rate | None = None,
    groups: Groups = (),
    freeze: Sequence[str] = (),
) -> Optimizer:
    """AdamW as its paper and torch take it: eps beside the corrected moment, decay first.

    Args: as ``Optimizer``'s; ``L2`` is the weight decay. torch does not clip: ``grad_clip=0``.

    Source:
        Loshchilov & Hutter 2019, Decoupled weight decay regularization, algorithm 2.
    """
    return Optimizer(
        learn_rate,
        L2=L2,
        beta1=beta1,
        beta2=beta2,
        eps=eps,
        grad_clip=grad_clip,
        use_averages=use_averages,
        grad_norm=grad_norm,
        grad_clipping=grad_clipping,
        groups=groups,
        freeze=freeze,
        rule=ADAMW,
    )


@registry.optimizers("RAdam.v1")
def RAdam(
    learn_rate: Rate = 0.001,
    *,
    L2: Rate = 0.0,
    beta1: Rate = 0.9,
    beta2: Rate = 0.999,
    eps: Rate = 1e-8,
    grad_clip: Rate = 1.0,
    L2_is_weight_decay: bool = True,
    use_averages: bool = True,
    grad_norm: Rate | None = None,
    grad_clipping: Rate | None = None,
    groups: Groups = (),
    freeze: Sequence[str] = (),
) -> Optimizer:
    """Adam that rectifies its rate while few gradients have been seen.

    Args: as ``Optimizer``'s.

    Source:
        Liu et al. 2020, On the variance of the adaptive learning rate, algorithm 2.
    """
    return Optimizer(
        learn_rate,
        L2=L2,
        beta1=beta1,
        beta2=beta2,
        eps=eps,
        grad_clip=grad_clip,
        L2_is_weight_decay=L2_is_weight_decay,
        use_averages=use_averages,
        grad_norm=grad_norm,
        grad_clipping=grad_clipping,
        groups=groups,
        freeze=freeze,
        rule=RADAM,
    )
