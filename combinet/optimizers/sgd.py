"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Sequence

from ..registry import registry
from ..schedules import Rate
from ._groups import Groups
from ._rules import NESTEROV, SGD_RULE
from .optimizer import Optimizer


@registry.optimizers("SGD.v1")
def SGD(
    learn_rate: Rate,
    *,
    L2: Rate = 0.0,
    grad_clip: Rate = 1.0,
    L2_is_weight_decay: bool = True,
    use_averages: bool = True,
    momentum: Rate = 0.0,
    nesterov: bool = False,
    grad_norm: Rate | None = None,
    grad_clipping: Rate | None = None,
    groups: Groups = (),
    freeze: Sequence[str] = (),
) -> Optimizer:
    """``W -= learn_rate * gradient``, with momentum if asked for.

    Args: as ``Optimizer``'s, and
        momentum: ``m = momentum m + gradient`` is the direction of the step.
        nesterov: ``gradient + momentum m`` is.

    Source:
        Sutskever et al. 2013, On the importance of initialization and momentum, in torch's form.
    """
    return Optimizer(
        learn_rate,
        L2=L2,
        beta1=0.0,
        beta2=0.0,
        grad_clip=grad_clip,
        L2_is_weight_decay=L2_is_weight_decay,
        use_averages=use_averages,
        momentum=momentum,
        grad_norm=grad_norm,
        grad_clipping=grad_clipping,
        groups=groups,
        freeze=freeze,
        rule=NESTEROV if nesterov else SGD_RULE,
    )
