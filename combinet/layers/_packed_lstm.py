"""An LSTM over sequences end to end, its rows brought into its order and back at once."""

# A plan is made of what only nodes themselves may know.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..combinators._gradient import check_like
from ..combinators._pack import kind_of as container_of
from ..combinators._pack import pack
from ..fusion import Fused, has_floats, kind_of, pattern, share_ops
from ..model import NO_DX, Model
from ..ops import Ops
from ..types import Ragged
from ._inputs import as_gradient
from .lstm import drop_weights, refuse

Node = Model[Any, Any]


class ByTime(NamedTuple):
    """Rows of sequences end to end, and where an LSTM wants them."""

    size_at_t: Any  # (steps,)
    rows: Any  # (N, 1): which row comes where
    places: Any  # (N, 1): where each row went


class FusedLSTM(Fused):
    """``with_padded(LSTM)`` over a Ragged or a list, without making a Padded of it."""

    __slots__ = ("_lstm",)
    op = "lstm_forward_training"

    def __init__(self, place: Node) -> None:
        self._lstm: Node = place.layers[0]
        super().__init__([place], [self._lstm])

    def __call__(self, Xs: Any, is_train: bool) -> tuple[Any, Callable[..., Any]]:
        lstm, ops = self._lstm, self._lstm.ops
        if container_of(Xs) not in {"Ragged", "list"} or not self._fits(Xs):
            return self.one_by_one(Xs, is_train)
        lengths = Xs.lengths if isinstance(Xs, Ragged) else [len(item) for item in Xs]
        X, restore = pack(ops, Xs)
        by_time = _by_time(ops, lengths)
        H0, C0 = lstm._params["HC0"]
        params, backprop_params = drop_weights(lstm, is_train)
        given = params, H0, C0, ops.gather_add(X, by_time.rows), by_time.size_at_t
        if not is_train:
            inferred = ops.gather_add(ops.lstm_forward_inference(*given), by_time.places)
            return restore(inferred), partial(refuse, lstm.name)
        found, kept = ops.lstm_forward_training(*given)
        Y = ops.gather_add(found, by_time.places)
        Ys = restore(Y)

        def backprop(dYs: Any, *, need_dX: bool = True) -> Any:
            check_like(lstm, dYs, Ys)
            dY = ops.gather_add(as_gradient(lstm, pack(ops, dYs)[0], Y), by_time.rows)
            back = ops.backprop_lstm_with_states(dY, by_time.size_at_t, params, kept)
            dX, d_params, dH0, dC0 = back
            lstm.inc_grad("LSTM", backprop_params(d_params))
            lstm.inc_grad("HC0", ops.xp.stack([dH0, dC0]))
            return restore(ops.gather_add(dX, by_time.places)) if need_dX else NO_DX

        return Ys, backprop

    def _fits(self, Xs: Any) -> bool:
        """Whether these are rows that the LSTM takes as they are, at least one."""
        array, dtype = self._lstm.ops.xp.ndarray, self._lstm._params["LSTM"].dtype
        width = self._lstm.get_dim("nI")
        items = [Xs.dataXd] if isinstance(Xs, Ragged) else Xs
        return any(len(item) for item in items) and all(
            isinstance(item, array) and item.shape[1:] == (width,) and item.dtype == dtype
            for item in items
        )


def _by_time(ops: Ops, lengths: Any) -> ByTime:
    """First the first row of each sequence, the longest first, then the second ones, and so on."""
    host = ops.to_numpy(lengths) if hasattr(lengths, "dtype") else np.asarray(lengths)
    order = np.lexsort((np.arange(len(host)), host))[::-1]  # as list2padded has them
    steps = np.arange(int(host.max()))[:, None]
    runs = steps < host[order]
    rows = ((np.cumsum(host) - host)[order] + steps)[runs].astype("int32")
    places = np.empty_like(rows)
    places[rows] = np.arange(len(rows), dtype="int32")
    as_column = (ops.asarray1i(each)[:, None] for each in (rows, places))
    return ByTime(ops.asarray1i(runs.sum(axis=1)), *as_column)


@pattern
def match_lstm(entries: Sequence[Node]) -> FusedLSTM | None:
    """A with_padded around nothing but an LSTM."""
    first = entries[0]
    if kind_of(first) != "with_padded" or kind_of(first.layers[0]) != "lstm":
        return None
    lstm = first.layers[0]
    return FusedLSTM(first) if has_floats(lstm, "LSTM", "HC0") and share_ops(first, lstm) else None
