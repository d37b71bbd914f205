"""Every ``backprop_`` op is the gradient of its forward op."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from combinet.ops import NumpyOps, Ops
from tests.ops.gradcheck import assert_gradient
from tests.ops.row import Draw
from tests.ops.table_fused import ACTIVATIONS, DROPS, stack
from tests.ops.table_fused import maxout as maxout_weights

Check = tuple[Callable[[Any], Any], Callable[[Any], Any], Any]
ops = Ops()
LENGTHS = np.asarray([2, 0, 4, 1], dtype="int32")
FILLED = np.asarray([2, 4, 1], dtype="int32")


def floats(*shape: int) -> Any:
    return np.random.default_rng(1).standard_normal(shape)


def of_input(name: str, **kwargs: Any) -> Check:
    """A forward of X and a backprop of (dY, X)."""
    X = floats(7, 3) * 2

    def forward(X: Any) -> Any:
        return getattr(ops, name)(X, **kwargs)

    return forward, lambda dY: getattr(ops, f"backprop_{name}")(dY, X, **kwargs), X


def of_output(name: str) -> Check:
    """A forward of X and a backprop of (dY, Y)."""
    X = floats(7, 3)
    forward = getattr(ops, name)
    return forward, lambda dY: getattr(ops, f"backprop_{name}")(dY, forward(X)), X


def first_of(op: Callable[..., tuple[Any, Any]], *args: Any) -> Callable[[Any], Any]:
    return lambda X: op(X, *args)[0]


def swish() -> Check:
    X = floats(7, 3)
    return ops.swish, lambda dY: ops.backprop_swish(dY, X, ops.swish(X)), X


def softmax() -> Check:
    X = floats(7, 3)

    def forward(X: Any) -> Any:
        return ops.softmax(X, temperature=0.7)

    return forward, lambda dY: ops.backprop_softmax(forward(X), dY, temperature=0.7), X


def softmax_sequences() -> Check:
    X = floats(7, 3)

    def forward(X: Any) -> Any:
        return ops.softmax_sequences(X, LENGTHS)

    return forward, lambda dY: ops.backprop_softmax_sequences(dY, forward(X), LENGTHS), X


def seq2col() -> Check:
    def forward(X: Any) -> Any:
        return ops.seq2col(X, 2, lengths=LENGTHS)

    return forward, lambda dY: ops.backprop_seq2col(dY, 2, lengths=LENGTHS), floats(7, 3)


def reduction(kind: str) -> Check:
    """Sum and mean, which pass only the lengths on."""

    def forward(X: Any) -> Any:
        return getattr(ops, f"reduce_{kind}")(X, LENGTHS)

    return forward, lambda d: getattr(ops, f"backprop_reduce_{kind}")(d, LENGTHS), floats(7, 3)


def reduce_max() -> Check:
    X = floats(7, 3)
    _, which = ops.reduce_max(X, FILLED)
    forward = first_of(ops.reduce_max, FILLED)
    return forward, lambda d: ops.backprop_reduce_max(d, which, FILLED), X


def reduce_end(kind: str) -> Check:
    X = floats(7, 3)
    op = getattr(ops, f"reduce_{kind}")
    _, places = op(X, FILLED)
    backward = getattr(ops, f"backprop_reduce_{kind}")
    return first_of(op, FILLED), lambda d: backward(d, places), X


def maxout() -> Check:
    X = floats(5, 4, 3)
    _, which = ops.maxout(X)
    return first_of(ops.maxout), lambda dY: ops.backprop_maxout(dY, which, 3), X


def layer_norm() -> Check:
    X, G, b = floats(7, 4), floats(4), floats(4)
    _, stats = ops.layer_norm(X, G, b)
    unused = np.zeros(4), np.zeros(4)
    forward = first_of(ops.layer_norm, G, b)
    return forward, lambda dY: ops.backprop_layer_norm(dY, X, G, stats, *unused), X


def dropout() -> Check:
    def forward(X: Any) -> Any:
        return ops.dropout(X, 0.4, 3, 1)

    return forward, lambda dY: ops.backprop_dropout(dY, 0.4, 3, 1), floats(7, 3)


def lstm(backprop: str, result: int) -> Check:
    """With two directions; ``result`` 0 asks for the input's gradient, 1 for the parameters'."""
    sizes = np.asarray([3, 2, 2], dtype="int32")
    inputs = [floats(7, 3), floats(2 * (24 + 8 + 16 + 8)) / 3]
    H0, C0 = floats(1, 2, 2), floats(1, 2, 2)
    _, state = ops.lstm_forward_training(inputs[1], H0, C0, inputs[0], sizes)

    def forward(varied: Any) -> Any:
        X, params = [varied if i == result else given for i, given in enumerate(inputs)]
        return ops.lstm_forward_inference(params, H0, C0, X, sizes)

    def backward(dY: Any) -> Any:
        return getattr(ops, backprop)(dY, sizes, inputs[1], state)[result]

    return forward, backward, inputs[result]


def gru(result: int) -> Check:
    """With two directions; ``result`` is the place of the argument and of its gradient."""
    shapes = [(7, 3), (2, 3, 2, 3), (2, 3, 2), (2, 3, 2, 2), (2, 3, 2), (2, 2)]
    sizes = np.asarray([3, 2, 2], dtype="int32")
    inputs = [floats(*shape) for shape in shapes]

    def run(varied: Any) -> Any:
        X, *rest = [varied if i == result else given for i, given in enumerate(inputs)]
        return ops.gru(*rest, X, sizes)

    state = run(inputs[result])[1]
    X, Wx, _, Wh, _, H0 = inputs

    def backward(dY: Any) -> Any:
        return ops.backprop_gru(dY, Wx, Wh, H0, X, sizes, state)[result]

    return first_of(run), backward, inputs[result]


def attention(result: int) -> Check:
    """Some keys hidden, some probabilities dropped; ``result`` 0 asks for Q, 1 for K, 2 for V."""
    inputs = [floats(2, 3, 4, 5), floats(2, 3, 6, 5) / 2, floats(2, 3, 6, 2)]
    mask = np.arange(4)[:, None] > np.arange(6)[None, :]
    drop = {"rate": 0.3, "key": 1, "draw": 2}

    def run(varied: Any) -> Any:
        Q, K, V = [varied if i == result else given for i, given in enumerate(inputs)]
        return ops.attention(Q, K, V, mask, **drop)  # type: ignore[arg-type]

    P = run(inputs[result])[1]

    def backward(dY: Any) -> Any:
        Q, K, V = inputs
        return ops.backprop_attention(dY, Q, K, V, P, **drop)[result]  # type: ignore[arg-type]

    return first_of(run), backward, inputs[result]


def rotary() -> Check:
    positions = np.asarray([0, 1, 2, 5, 9, 0, 1], dtype="int32")

    def forward(X: Any) -> Any:
        return ops.rotary(X, positions, period=50.0)

    return forward, lambda dY: ops.backprop_rotary(dY, positions, period=50.0), floats(7, 2, 4)


def rms_norm() -> Check:
    X, G = floats(7, 4), floats(4)
    _, scale = ops.rms_norm(X, G)
    forward = first_of(ops.rms_norm, G)
    return forward, lambda dY: ops.backprop_rms_norm(dY, X, G, scale, np.zeros(4)), X


def dense_stack() -> Check:
    layers, X, drops = (
        stack(Draw(), (*ACTIVATIONS[:-1], "dish", "linear")),
        floats(7, 3),
        [*DROPS, None],
    )
    Y, saved = ops.dense_stack(X, layers, drops)
    into = [(np.zeros_like(W), np.zeros(4)) for W in layers.weights]

    def backward(dY: Any) -> Any:
        return ops.backprop_dense_stack(dY, X, Y, saved, layers, drops, into)

    return first_of(ops.dense_stack, layers, drops), backward, X


def maxout_norm() -> Check:
    X, weights = floats(7, 4), maxout_weights(Draw(), 20, 4)
    how: Any = {"window": 2, "lengths": LENGTHS, "drop": (0.3, 7, 2), "residual": True}
    _, saved = ops.maxout_norm(X, *weights, **how)
    into = tuple(np.zeros_like(array) for array in weights)

    def forward(X: Any) -> Any:
        return ops.maxout_norm(X, *weights, **how)[0]

    return forward, lambda dY: ops.backprop_maxout_norm(dY, X, saved, *weights, into, **how), X


def sparse_linear() -> Check:
    """Of the values of the features; keys repeat."""
    W, b, dW = floats(3 * 8), floats(3), np.zeros(3 * 8)
    keys = np.asarray([5, 9, 5, 2**63, 1, 9, 0], dtype="uint64")
    _, buckets = ops.sparse_linear(W, b, keys, floats(7), LENGTHS)

    def forward(values: Any) -> Any:
        return ops.sparse_linear(W, b, keys, values, LENGTHS)[0]

    def backward(dY: Any) -> Any:
        return ops.backprop_sparse_linear(dY, W, dW, buckets, floats(7), LENGTHS)

    return forward, backward, floats(7)


def hash_embed() -> Check:
    """Of the first of two tables."""
    table, other = floats(5, 3), floats(4, 2)
    ids = np.asarray([[5, 1], [9, 2], [5, 3], [2**63, 4]], dtype="uint64")
    _, rows = ops.hash_embed([table, other], ids, [0, 1], [3, 4])

    def backward(dY: Any) -> Any:
        gradients = [np.zeros_like(table), np.zeros_like(other)]
        ops.backprop_hash_embed(dY, rows, gradients)
        return gradients[0]

    return lambda E: ops.hash_embed([E, other], ids, [0, 1], [3, 4])[0], backward, table


def pool_rows() -> Check:
    table, rows = floats(5, 3), np.asarray([[0, 1], [4, 4], [1, 2], [3, 0]])
    lengths = np.asarray([3, 0, 1], dtype="int32")

    def backward(dY: Any) -> Any:
        gradient = np.zeros_like(table)
        ops.backprop_pool_rows(dY, rows, lengths, gradient, mean=True)
        return gradient

    return lambda E: ops.pool_rows(E, rows, lengths, mean=True), backward, table


CHECKS: dict[str, Callable[[], Check]] = {
    "sigmoid": lambda: of_output("sigmoid"),
    "relu": lambda: of_output("relu"),
    "relu_k": lambda: of_input("relu_k", n=1.5),
    "clipped_linear": lambda: of_input("clipped_linear", slope=0.3, offset=0.4),
    "hard_sigmoid": lambda: of_input("hard_sigmoid"),
    "hard_tanh": lambda: of_input("hard_tanh"),
    "hard_swish": lambda: of_input("hard_swish"),
    "hard_swish_mobilenet": lambda: of_input("hard_swish_mobilenet"),
    "swish": swish,
    "dish": lambda: of_input("dish"),
    "gelu": lambda: of_input("gelu"),
    "gelu_approx": lambda: of_input("gelu_approx"),
    "mish": lambda: of_input("mish"),
    "softmax": softmax,
    "softmax_sequences": softmax_sequences,
    "seq2col": seq2col,
    "reduce_sum": lambda: reduction("sum"),
    "reduce_mean": lambda: reduction("mean"),
    "reduce_max": reduce_max,
    "reduce_first": lambda: reduce_end("first"),
    "reduce_last": lambda: reduce_end("last"),
    "maxout": maxout,
    "dense_stack": dense_stack,
    "maxout_norm": maxout_norm,
    "layer_norm": layer_norm,
    "dropout": dropout,
    "lstm": lambda: lstm("backprop_lstm", 0),
    "lstm_with_states": lambda: lstm("backprop_lstm_with_states", 1),
    "gru": lambda: gru(0),
    "attention": lambda: attention(0),
    "rotary": rotary,
    "rms_norm": rms_norm,
    "sparse_linear": sparse_linear,
    "hash_embed": hash_embed,
    "pool_rows": pool_rows,
}


@pytest.mark.parametrize("name", CHECKS)
def test_backprop_is_the_gradient(name: str) -> None:
    assert_gradient(*CHECKS[name]())


@pytest.mark.parametrize("result", range(6))
def test_every_gradient_of_a_gru_is_right(result: int) -> None:
    assert_gradient(*gru(result))


@pytest.mark.parametrize("result", range(3))
def test_queries_keys_and_values_all_get_their_gradient(result: int) -> None:
    assert_gradient(*attention(result))


def test_every_backprop_is_checked() -> None:
    backprops = {name for name in dir(NumpyOps) if name.startswith("backprop_")}
    assert backprops == {f"backprop_{name}" for name in CHECKS}


def test_the_check_catches_a_gradient_that_is_a_little_wrong() -> None:
    forward, backward, X = CHECKS["gelu"]()
    with pytest.raises(AssertionError):
        assert_gradient(forward, lambda dY: backward(dY) * 1.0001, X)
