"""The scenes of what does the work of several ops, of the LSTM and of the GRU."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from combinet.ops.dense_stack import DenseStack
from combinet.optimizers._rules import ADAM, ADAMW, NESTEROV, RADAM, SGD_RULE, Rule
from tests.ops.native.scene import DROP, Scene, sizes_at
from tests.ops.row import Draw
from tests.ops.table_fused import step_table


def dense(names: str, drops: Any = None) -> Scene:
    activations = tuple(names.split())

    def make(d: Draw, n: int, width: int) -> tuple[Any, ...]:
        widths = [width + i for i in range(len(activations) + 1)]
        weights = [d.floats(nO, nI) / np.sqrt(nI + 1) for nI, nO in itertools.pairwise(widths)]
        biases = [d.floats(nO) for nO in widths[1:]]
        into = [(d.floats(*W.shape), d.floats(len(W))) for W in weights]
        return d.floats(n, width), weights, biases, into, d.floats(n, widths[-1])

    def play(ops: Any, X: Any, weights: Any, biases: Any, into: Any, dY: Any) -> Any:
        stack = DenseStack(weights, biases, activations)
        Y, saved = ops.dense_stack(X, stack, drops)
        predicted, nothing = ops.dense_stack(X, stack, drops, keep=False)
        assert nothing is None
        dX = ops.backprop_dense_stack(dY, X, Y, saved, stack, drops, into)
        more = [(dW.copy(), db.copy()) for dW, db in into]
        assert ops.backprop_dense_stack(dY, X, Y, saved, stack, drops, more, need_dX=False) is None
        return [Y, predicted, dX, into, more]

    return Scene(f"dense {names}{' drops' if drops else ''}", make, play)


def _quarters(array: Any) -> Any:
    """Numbers whose sums are exact, so that in both precisions the same piece is the largest."""
    return np.round(array * 4) / 4


def maxout(pieces: int, norm: bool, **how: Any) -> Scene:
    def make(d: Draw, n: int, width: int) -> tuple[Any, ...]:
        width += 9 * norm  # of a few numbers the variance may be next to nothing
        nO = width if how.get("residual") else width // 2 + 5
        nI = (2 * how.get("window", 0) + 1) * width
        parts = [_quarters(d.floats(nO, pieces, nI)), _quarters(d.floats(nO, pieces))]
        parts += [d.floats(nO), d.floats(nO)] if norm else [None, None]
        into = tuple(None if part is None else d.floats(*part.shape) for part in parts)
        lengths = d.lengths(n) if how.get("window") else None
        return _quarters(d.floats(n, width)), parts, into, d.floats(n, nO), lengths

    def play(ops: Any, X: Any, parts: Any, into: Any, dY: Any, lengths: Any) -> Any:
        Y, saved = ops.maxout_norm(X, *parts, lengths=lengths, **how)
        predicted, nothing = ops.maxout_norm(X, *parts, lengths=lengths, keep=False, **how)
        assert nothing is None
        dX = ops.backprop_maxout_norm(dY, X, saved, *parts, into, lengths=lengths, **how)
        return [Y, predicted, dX, list(into)]

    given = " ".join(how) + (" norm" if norm else "")
    return Scene(f"maxout of {pieces} {given}", make, play)


def step(rule: Rule, **limits: float) -> Scene:
    def make(d: Draw, n: int, width: int) -> tuple[Any, ...]:
        table = step_table(d, n * width, rule, **limits)
        table.settings[:, 4] = 0  # a penalty is left to the reference
        return (table,)

    def play(ops: Any, table: Any) -> Any:
        first, second = ops.take_step(table), ops.take_step(table)
        slots = table.weights, table.gradients, table.mom1, table.mom2, table.averages or []
        return [np.asarray([first, second]), *slots]

    return Scene(f"step {rule.name} {' '.join(limits)}".strip(), make, play)


def lstm(depth: int, dirs: int) -> Scene:
    def make(d: Draw, n: int, width: int) -> tuple[Any, ...]:
        nH, sizes = width // 3 + 1, sizes_at(d, n)
        count = sum(
            dirs * 4 * nH * ((width if i == 0 else dirs * nH) + nH + 2) for i in range(depth)
        )
        params = d.floats(count) / np.sqrt(nH + width)
        states = d.floats(depth, dirs, nH), d.floats(depth, dirs, nH)
        return params, *states, d.floats(n, width), sizes, d.floats(n, dirs * nH)

    def play(ops: Any, params: Any, H0: Any, C0: Any, X: Any, sizes: Any, dY: Any) -> Any:
        Y, state = ops.lstm_forward_training(params, H0, C0, X, sizes)
        predicted = ops.lstm_forward_inference(params, H0, C0, X, sizes)
        return [Y, predicted, *ops.backprop_lstm_with_states(dY, sizes, params, state)]

    return Scene(f"lstm {depth} deep {dirs} ways", make, play)


def gru(dirs: int) -> Scene:
    def make(d: Draw, n: int, width: int) -> tuple[Any, ...]:
        nH = width // 3 + 1
        Wx, Wh = d.floats(dirs, 3, nH, width), d.floats(dirs, 3, nH, nH)
        weights = (
            Wx / np.sqrt(width),
            d.floats(dirs, 3, nH),
            Wh / np.sqrt(nH),
            d.floats(dirs, 3, nH),
        )
        return (
            *weights,
            d.floats(dirs, nH),
            d.floats(n, width),
            sizes_at(d, n),
            d.floats(n, dirs * nH),
        )

    def play(
        ops: Any, Wx: Any, bx: Any, Wh: Any, bh: Any, H0: Any, X: Any, sizes: Any, dY: Any
    ) -> Any:
        Y, state = ops.gru(Wx, bx, Wh, bh, H0, X, sizes)
        return [Y, *state, *ops.backprop_gru(dY, Wx, Wh, H0, X, sizes, state)]

    return Scene(f"gru {dirs} ways", make, play)


FUSED = [
    dense("relu"),
    dense("linear relu swish mish dish gelu sigmoid softmax"),
    dense("relu sigmoid relu linear", [DROP, None, (0.5, 1, 1), (0.1, 3, 0)]),
    maxout(3, norm=True),
    maxout(2, norm=False),
    maxout(1, norm=True, residual=True),
    maxout(5, norm=True, window=2),
    maxout(4, norm=False, window=1, residual=True, drop=DROP),
    maxout(3, norm=True, window=1, residual=True, drop=DROP),
    *(step(rule) for rule in (ADAM, ADAMW, RADAM, SGD_RULE, NESTEROV)),
    step(ADAM, clip_value=0.7),
    step(SGD_RULE, max_norm=0.9),
    lstm(1, 1),
    lstm(1, 2),
    lstm(3, 2),
    gru(1),
    gru(2),
]
