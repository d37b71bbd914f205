"""The rows of the table for what does the work of several ops in one call."""

from __future__ import annotations

from typing import Any

import numpy as np

from combinet.ops import Ops
from combinet.ops.dense_stack import DenseStack
from combinet.ops.step_table import COLUMNS, GRAD_CLIP, StepTable
from combinet.optimizers._rules import ADAM, ADAMW, NESTEROV, RADAM, SGD_RULE, Rule, Settings
from tests.ops.row import Args, Draw, Row

ACTIVATIONS = ("relu", "linear", "swish", "gelu", "mish", "sigmoid", "relu", "softmax")
DROPS = ((0.4, 5, 1), None, None, (0.2, 6, 2), (0.3, 1, 0), None, None, None)

RULES = (ADAM, ADAMW, RADAM, SGD_RULE, NESTEROV)


def rows_of_fused() -> list[Row]:
    without_saved = (("keep", False),)
    return [
        Row("dense_stack", lambda d, n: (d.floats(n, 3), stack(d)), without_saved),
        Row("dense_stack", lambda d, n: (d.floats(n, 3), stack(d), list(DROPS)), without_saved),
        Row("dense_stack", lambda d, n: (d.floats(n, 3), small(d)), without_saved),
        Row("backprop_dense_stack", _dense_back, writes=(6,)),
        Row("maxout_norm", lambda d, n: (d.floats(n, 4), *maxout(d, 4, 5)), without_saved),
        Row("maxout_norm", lambda d, n: (d.floats(n, 4), *maxout(d, 4, 5)[:2]), without_saved),
        Row("maxout_norm", _windows, without_saved),
        Row("backprop_maxout_norm", _maxout_back, writes=(7,)),
        Row("cross_entropy", lambda d, n: (d.positive(n, 4), d.ints(4, n), 3), keeps_dtype=False),
        Row(
            "cross_entropy", lambda d, n: (d.positive(n, 4), d.positive(n, 4), 1), keeps_dtype=False
        ),
        *_steps(),
    ]


def stack(d: Draw, activations: tuple[str, ...] = ACTIVATIONS) -> DenseStack:
    """Eight layers, 3 -> 4 -> 4 -> ... -> 4."""
    shapes = [(4, 3 if i == 0 else 4) for i in range(len(activations))]
    weights = [0.4 * d.floats(*shape) for shape in shapes]
    return DenseStack(weights, [d.floats(4) for _ in shapes], activations)


def small(d: Draw) -> DenseStack:
    return stack(d, ("relu",))


def maxout(d: Draw, nI: int, nO: int) -> Args:
    return d.floats(nO, 3, nI), d.floats(nO, 3), d.floats(nO), d.floats(nO)


def _windows(d: Draw, n: int) -> Args:
    """A residual over windows that stop at the ends of documents."""
    how = {"window": 2, "lengths": d.lengths(n), "drop": (0.3, 7, 2), "residual": True}
    return d.floats(n, 4), *maxout(d, 20, 4), how


def _dense_back(d: Draw, n: int) -> Args:
    X, layers, drops = d.floats(n, 3), stack(d), list(DROPS)
    Y, saved = Ops().dense_stack(X, layers, drops)
    into = [(d.floats(*W.shape), d.floats(4)) for W in layers.weights]
    return d.floats(n, 4), X, Y, saved, layers, drops, into


def _maxout_back(d: Draw, n: int) -> Args:
    X, *weights, how = _windows(d, n)
    _, saved = Ops().maxout_norm(X, *weights, **how)
    into = tuple(d.floats(*array.shape) for array in weights)
    return d.floats(n, 4), X, saved, *weights, into, how


def step_table(d: Draw, n: int, rule: Rule, clip_value: float = 0.0, max_norm: float = 0.0) -> Any:
    """Three parameters, each with settings of its own."""
    shapes = [(n + 1, 3), (4,), (2, 3, 2)]
    slots: list[list[Any]] = [[d.floats(*shape) for shape in shapes] for _ in range(2)]
    moments = rule.moments(Settings(*[0.9] * 8))
    mom1, mom2 = ([d.positive(*s) if moments > k else None for s in shapes] for k in range(2))
    settings = np.zeros((3, COLUMNS))
    settings[:] = (0.1, 0.9, 0.99, 1e-3, 0, 0.05, 0.0, 0.8, 4)
    settings[1] = (0.2, 0.8, 0.95, 1e-2, 0.1 if not max_norm else 0, 0, 0.5, 0.7, 0)
    settings[2, GRAD_CLIP] = 100.0
    return StepTable(
        rule.name,
        rule.update,
        weights=slots[0],
        gradients=slots[1],
        mom1=mom1,
        mom2=mom2,
        averages=None if max_norm else [d.floats(*shape) for shape in shapes],
        settings=settings,
        decay_first=rule.decay_first,
        clip_value=clip_value,
        max_norm=max_norm,
    )


def _steps() -> list[Row]:
    rows = [
        Row("take_step", lambda d, n, rule=rule: (step_table(d, n, rule),), writes=(0,))
        for rule in RULES
    ]
    limits = (0.7, 0.0), (0.0, 0.9), (0.7, 0.9), (0.0, 99.0)
    return rows + [
        Row("take_step", lambda d, n, pair=pair: (step_table(d, n, ADAM, *pair),), writes=(0,))
        for pair in limits
    ]
