"""The rows of the table for the GRU, attention, rotations and the RMS norm."""

from __future__ import annotations

import numpy as np

from combinet.ops import Ops
from tests.ops.row import Args, Draw, Row


def _gru(d: Draw, n: int) -> Args:
    """Both directions over sequences of ``n`` rows together."""
    nI, nH = 3, 2
    running: list[int] = {0: [], 1: [1], 7: [3, 2, 1, 1]}[n]
    weights = d.floats(2, 3, nH, nI), d.floats(2, 3, nH), d.floats(2, 3, nH, nH)
    sizes = np.asarray(running, dtype="int32")
    return *weights, d.floats(2, 3, nH), d.floats(2, nH), d.floats(n, nI), sizes


def _gru_back(d: Draw, n: int) -> Args:
    args = Wx, _, Wh, _, H0, X, sizes = _gru(d, n)
    Y, state = Ops().gru(*args)
    return d.floats(*Y.shape), Wx, Wh, H0, X, sizes, state


def _mask(n: int, keys: int) -> np.ndarray:
    """Which keys each query may see: the first query, if there are more, sees none."""
    return np.arange(n)[:, None] >= np.arange(keys)[None, :] + (n > 1)


def _attention(d: Draw, n: int) -> Args:
    return d.floats(2, 3, n, 4), d.floats(2, 3, 5, 4), d.floats(2, 3, 5, 2)


def _attention_back(d: Draw, n: int) -> Args:
    args = _attention(d, n)
    Y, P = Ops().attention(*args, _mask(n, 5))
    return d.floats(*Y.shape), *args, P


def _rms_norm_back(d: Draw, n: int) -> Args:
    X = d.floats(n, 4)
    _, scale = Ops().rms_norm(X, d.floats(4))
    return d.floats(n, 4), X, d.floats(4), scale, d.floats(4)


def rows_of_modern_ops() -> list[Row]:
    drop = (("rate", 0.4), ("key", 5), ("draw", 2))
    return [
        Row("gru", _gru),
        Row("backprop_gru", _gru_back),
        Row("attention", _attention),
        Row("attention", lambda d, n: (*_attention(d, n), _mask(n, 5)), drop),
        Row("attention", lambda d, n: (*_attention(d, 5)[:1], *_attention(d, n)[:1] * 2)),
        Row("backprop_attention", _attention_back),
        Row("backprop_attention", _attention_back, drop),
        Row("rotary", lambda d, n: (d.floats(n, 2, 6), d.ints(9, n))),
        Row("backprop_rotary", lambda d, n: (d.floats(n, 2, 6), d.ints(9, n))),
        Row("rms_norm", lambda d, n: (d.floats(n, 4), d.floats(4))),
        Row("backprop_rms_norm", _rms_norm_back, writes=(4,)),
    ]
