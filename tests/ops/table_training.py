"""The rows of the table for activations, softmax, the LSTM and training."""

from __future__ import annotations

import numpy as np

from combinet.ops import Ops
from tests.ops.row import Args, Draw, Row


def rows_of_activations() -> list[Row]:
    alone = "sigmoid dsigmoid dtanh sechsq erf relu relu_k clipped_linear hard_sigmoid hard_tanh"
    alone += " swish hard_swish hard_swish_mobilenet dish gelu gelu_approx mish"
    without_inplace = {"sechsq", "erf"}

    def one(d: Draw, n: int) -> Args:
        return (d.floats(n, 4),)

    def two(d: Draw, n: int) -> Args:
        return d.floats(n, 4), d.floats(n, 4)

    rows = [Row(name, one) for name in alone.split()]
    in_place = [name for name in alone.split() if name not in without_inplace]
    rows += [Row(name, one, (("inplace", True),), (0,)) for name in in_place]
    backwards = "sigmoid relu relu_k clipped_linear hard_sigmoid hard_tanh hard_swish"
    backwards += " hard_swish_mobilenet dish gelu gelu_approx mish"
    rows += [Row(f"backprop_{name}", two) for name in backwards.split()]
    return [*rows, Row("backprop_swish", lambda d, n: (*two(d, n), d.floats(n, 4)))]


def rows_of_softmax() -> list[Row]:
    def down(d: Draw, n: int) -> Args:
        return d.floats(n, 3), d.positive(n, 3), d.lengths(n)

    return [
        Row("softmax", lambda d, n: (d.floats(n, 4),), (("temperature", 2.0),)),
        Row("backprop_softmax", lambda d, n: (d.positive(n, 4), d.floats(n, 4))),
        Row("log_softmax", lambda d, n: (d.floats(n, 4),)),
        Row("logsumexp", lambda d, n: (d.floats(n, 4),)),
        Row("softmax_sequences", lambda d, n: (d.floats(n, 3), d.lengths(n))),
        Row("backprop_softmax_sequences", down),
    ]


def _layer_norm_back(d: Draw, n: int) -> Args:
    X = d.floats(n, 4)
    stats = X.mean(axis=1, keepdims=True), 1 / np.sqrt(X.var(axis=1, keepdims=True) + 1e-8)
    return d.floats(n, 4), X, d.floats(4), stats, d.floats(4), d.floats(4)


def _lstm(d: Draw, n: int) -> Args:
    """Both directions of one layer over sequences of ``n`` rows together."""
    nI, nH = 3, 2
    params = d.floats(2 * (4 * nH * nI + 4 * nH + 4 * nH * nH + 4 * nH))
    running = {0: [], 1: [1], 7: [3, 2, 1, 1]}[n]
    sizes = np.asarray(running, dtype="int32")
    return params, d.floats(1, 2, nH), d.floats(1, 2, nH), d.floats(n, nI), sizes


def _lstm_back(d: Draw, n: int) -> Args:
    params, H0, C0, X, sizes = _lstm(d, n)
    Y, state = Ops().lstm_forward_training(params, H0, C0, X, sizes)
    return d.floats(*Y.shape), sizes, params, state


def rows_of_training() -> list[Row]:
    def adam(d: Draw, n: int) -> Args:
        moments = d.floats(n), d.positive(n)
        return d.floats(n), d.floats(n), *moments, 0.9, 0.999, 1e-8, 0.01

    return [
        Row("dropout", lambda d, n: (d.floats(n, 4), 0.3, 5, 2)),
        Row("backprop_dropout", lambda d, n: (d.floats(n, 4), 0.3, 5, 2)),
        Row("dropout_mask", lambda d, n: ((n, 4), 0.3, 5, 2), keeps_dtype=False),
        Row("get_dropout_mask", lambda d, n: ((n, 4), None), keeps_dtype=False),
        Row("adam", adam, writes=(0, 1, 2, 3)),
        Row("sgd", lambda d, n: (d.floats(n, 2), d.floats(n, 2), 0.1), writes=(0, 1)),
        Row("sum_squares", lambda d, n: ([d.floats(n, 2), d.floats(3)],), keeps_dtype=False),
        Row("clip_gradient", lambda d, n: (d.floats(n, 2), 0.5), writes=(0,)),
        Row("update_averages", lambda d, n: (d.floats(n), d.floats(n), 3), writes=(0,)),
        Row("logloss", lambda d, n: (d.positive(n), d.positive(n))),
        Row("lstm_forward_training", _lstm),
        Row("lstm_forward_inference", _lstm),
        Row("backprop_lstm", _lstm_back),
        Row("backprop_lstm_with_states", _lstm_back),
        Row("layer_norm", lambda d, n: (d.floats(n, 4), d.floats(4), d.floats(4))),
        Row("backprop_layer_norm", _layer_norm_back, writes=(4, 5)),
    ]
