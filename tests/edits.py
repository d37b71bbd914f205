"""What may be done to a model between two runs, the same to two models that are equal."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from hypothesis import strategies as st

from combinet import (
    LSTM,
    Dropout,
    Embed,
    HashEmbed,
    Linear,
    Maxout,
    Ops,
    Ragged,
    Relu,
    Softmax,
    chain,
    concatenate,
    expand_window,
    freeze,
    glorot_uniform_init,
    recompute,
    reduce_mean,
    residual,
    set_dropout_rate,
    tap,
    with_array,
    with_debug,
    with_padded,
)
from combinet.testing._values import Leaf, rebuild
from tests.compositions import compositions
from tests.fused import WIDTH, AnyNet, rows

LENGTHS = [3, 0, 5, 1]
Edit = Callable[[AnyNet, int], AnyNet | None]


@st.composite
def models(draw: st.DrawFn) -> tuple[AnyNet, Any]:
    """A model that fuses, initialized, and a batch for it."""
    kind = draw(st.sampled_from(["rows", "rows", "tagger", "pool"]))
    if kind == "rows":
        model = chain(draw(compositions(WIDTH)), draw(compositions(WIDTH)))
        return model.initialize(X=rows(), seed=1), rows()
    ids: Any = np.random.default_rng(0).integers(0, 9, (sum(LENGTHS), 2)).astype("uint64")
    X = Ragged(ids, LENGTHS)
    model = _tagger() if kind == "tagger" else _pool(draw(st.booleans()))
    return model.initialize(X=X, seed=1), X


def _tagger() -> AnyNet:
    tables = concatenate(HashEmbed(3, 7, column=0, dropout=0.3), HashEmbed(5, 9, column=1))
    mixed = with_array(chain(tables, Maxout(WIDTH, normalize=True, dropout=0.2)), of="ragged")
    over_rows = with_array(Maxout(WIDTH, 3 * WIDTH, 2, normalize=True), of="ragged")
    encoder = residual(chain(expand_window(1, of="ragged"), over_rows))
    lstm = with_padded(LSTM(WIDTH, WIDTH, bi=True, dropout=0.2), of="ragged")
    softmax = Softmax(3, init_W=glorot_uniform_init)
    return chain(mixed, encoder, lstm, with_array(chain(Dropout(0.3), softmax), of="ragged"))


def _pool(hashed: bool) -> AnyNet:
    table = HashEmbed(4, 7, column=1, dropout=0.3) if hashed else Embed(4, 9, column=0)
    return chain(with_array(table, of="ragged"), reduce_mean(), Relu(5), Linear(2))


def twin_of(model: AnyNet) -> AnyNet:
    """Another one, with the same keys and draws."""
    twin: AnyNet = pickle.loads(pickle.dumps(model))
    return twin


# --- edits: each does the same to equal models, and may give another one in its place ------------


def _node(model: AnyNet, i: int) -> AnyNet:
    nodes = list(model.walk(order="dfs_pre"))
    return nodes[i % len(nodes)]


def _run_by_a_function_of_ones_own(model: AnyNet, i: int) -> None:
    node = _node(model, i)
    node.replace_callbacks(partial(_doubled, node._func))


def _doubled(inner: Any, model: AnyNet, X: Any, is_train: bool) -> Any:
    Y, backprop = inner(model, X, is_train)
    return _twice(Y), lambda dY: backprop(_twice(dY))


def _twice(value: Any) -> Any:
    def twice(leaf: Leaf) -> Any:
        return 2 * leaf.array if leaf.is_float else leaf.array

    return rebuild(value, twice)


def _wrap(wrapper: Callable[[AnyNet], AnyNet]) -> Edit:
    def edit(model: AnyNet, i: int) -> None:
        places = [(node, j) for node in model.walk() for j in range(len(node.layers))]
        node, j = places[i % len(places)]
        node.layers[j] = wrapper(node.layers[j])

    return edit


def _stand_twice(model: AnyNet, i: int) -> None:
    like = [layer for layer in model.layers if _widths(layer) == _widths(model.layers[0])]
    model.layers[model.layers.index(like[i % len(like)])] = model.layers[0]


def _widths(layer: AnyNet) -> tuple[int | None, ...]:
    return layer.maybe_get_dim("nI"), layer.maybe_get_dim("nO")


def _parameters(change: Callable[[Any], Any]) -> Edit:
    def edit(model: AnyNet, i: int) -> None:
        node = _node(model, i)
        for name in node.param_names:
            node.set_param(name, change(node.get_param(name)))

    return edit


def _change_in_place(model: AnyNet, i: int) -> None:
    for row in list(model.parameters())[i % 3 :: 3]:
        row.weights[...] *= np.float32(-0.5)


def _forget_a_number(model: AnyNet, i: int) -> None:
    if any(node.name == "maxout" for node in model.walk()):
        return  # among pieces that are NaN, any may be the largest
    found = [row.weights for row in model.parameters()]
    weights = found[i % len(found)]
    weights.reshape(-1)[i % weights.size] = np.nan


def _set_gradients(model: AnyNet, i: int) -> None:
    node = _node(model, i)
    for name in node.param_names:
        node.set_grad(name, np.asfortranarray(np.ones_like(node.get_param(name))))


def _in_double(model: AnyNet, i: int) -> None:
    for row in model.to_dtype("float64").parameters():
        if row.gradient is not None:
            row.gradient[...] = 0  # what gathered in float32 has its rounding


def _copy(model: AnyNet, i: int) -> AnyNet:
    copy = model.copy()
    for one, other in zip(copy.walk(), model.walk(), strict=True):
        one.key, one._draws = other.key, other._draws  # a copy draws from a stream of its own
    return copy


def _step(model: AnyNet, i: int) -> None:
    if all(row.gradient is None or np.isfinite(row.gradient).all() for row in model.parameters()):
        model.finish_update(lambda key, W, dW: (W - 0.01 * dW, dW * 0))


def _set_ops(model: AnyNet, i: int) -> None:
    _node(model, i).ops = Ops()


def _set_all_ops(model: AnyNet, i: int) -> None:
    for node in model.walk():
        node.ops = Ops()


def _gaps(array: Any) -> Any:
    return np.repeat(array, 2, axis=-1)[..., ::2]


EDITS: dict[str, Edit] = {
    "nothing is dropped": lambda model, i: set_dropout_rate(model, 0.0),
    "half is dropped": lambda model, i: set_dropout_rate(model, 0.5),
    "all is dropped": lambda model, i: set_dropout_rate(model, 1.0),
    "a function of one's own": _run_by_a_function_of_ones_own,
    "frozen": _wrap(freeze),
    "recomputed": _wrap(recompute),
    "tapped": _wrap(partial(tap, to="here")),
    "watched": _wrap(partial(with_debug, name="here")),
    "a layer stands twice": _stand_twice,
    "a backend for one node": _set_ops,
    "a backend for all": _set_all_ops,
    "float64": _in_double,
    "float32": lambda model, i: model.to_dtype("float32"),
    "other weights": _parameters(lambda W: W[::-1].copy()),
    "strided weights": _parameters(_gaps),
    "reversed weights": _parameters(lambda W: W[::-1]),
    "weights changed in place": _change_in_place,
    "gradients set": _set_gradients,
    "a step": _step,
    "a copy": _copy,
    "a pickle": lambda model, i: twin_of(model),
    "loaded": lambda model, i: model.from_bytes(model.to_bytes()),
    "NaN": _forget_a_number,
}
