"""StepTable: what one step of an optimizer works on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

#: ``update(W, dW, moments, settings, t)``, in place; ``settings`` is a row of the table.
Update: TypeAlias = Callable[[Any, Any, list[Any], list[float], int], None]

#: The columns of ``StepTable.settings``.
LEARN_RATE, B1, B2, EPS, L2, DECAY, GRAD_CLIP, MOMENTUM, T = range(9)
COLUMNS = 9


class StepTable:
    """The parameters that an optimizer steps together: parallel lists, one entry for each.

    The arrays stay the same ones as long as the table lives, so a backend may keep what it found
    out about them, their addresses for example.

    Attributes:
        rule: "adam", "adamw", "radam", "sgd", "nesterov", or the name of a user's own.
        update: The rule for one parameter, in array code.
        decay_first: Whether weights decay before the step.
        weights, gradients: Of one shape pairwise, none of them empty.
        mom1, mom2: The moments; None where the rule keeps none.
        averages: Running averages of the weights; None where none are kept.
        settings: (parameters, COLUMNS) float64, C-contiguous. ``L2`` is the factor of a penalty,
            ``DECAY`` the share that the weights lose, ``T`` the steps taken so far.
        clip_value: The largest number in a gradient, either sign; 0 for no limit.
        max_norm: The largest norm of all gradients together; 0 for no limit.
        native: What a backend keeps.
    """

    __slots__ = (
        "averages",
        "clip_value",
        "decay_first",
        "gradients",
        "max_norm",
        "mom1",
        "mom2",
        "native",
        "rule",
        "settings",
        "update",
        "weights",
    )

    def __init__(
        self,
        rule: str,
        update: Update,
        *,
        weights: list[Any],
        gradients: list[Any],
        mom1: list[Any],
        mom2: list[Any],
        averages: list[Any] | None,
        settings: Any,
        decay_first: bool = False,
        clip_value: float = 0.0,
        max_norm: float = 0.0,
    ) -> None:
        self.rule, self.update, self.decay_first = rule, update, decay_first
        self.weights, self.gradients = weights, gradients
        self.mom1, self.mom2, self.averages = mom1, mom2, averages
        self.settings = settings
        self.clip_value, self.max_norm = clip_value, max_norm
        self.native: Any = None
