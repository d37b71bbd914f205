"""LSTM: a recurrent network with a memory cell, over padded sequences."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ..errors import BackpropError, StructureError
from ..fusion import known_as
from ..infer import Spec, rows
from ..initializers import Initializer, glorot_uniform_init, zero_init
from ..model import Model, Weight
from ..registry import registry
from ..types import Floats1d, FloatsXd, Padded, Shape
from ._recurrent import hidden_width, packed, rows_of_gradient, unpacked
from ._weights import NodeWeight


@registry.layers("LSTM.v1")
def LSTM(
    nO: int | None = None,
    nI: int | None = None,
    *,
    bi: bool = False,
    depth: int = 1,
    dropout: float = 0.0,
    init_W: Initializer | None = glorot_uniform_init,
    init_b: Initializer | None = zero_init,
) -> Model[Padded, Padded]:
    """A long short-term memory, ``c' = s(f) c + s(i) tanh(g)``, ``h' = s(o) tanh(c')``.

    Here ``s`` is the sigmoid and f, i, o, g are linear in the input and in the last h.

    Args:
        nO: Width of the output, of both directions together; read from ``Y`` when omitted.
        nI: Width of the input; read from ``X`` at initialize() when omitted.
        bi: Run a second network from each sequence's end, and join the two outputs.
        depth: How many layers are stacked.
        dropout: Rate at which the weights are zeroed in training. Lives in
            ``attrs["dropout_rate"]``.
        init_W, init_b: Initializers of each gate's matrices, (nH, width), and biases.

    Shapes:
        Padded, nI wide -> Padded, nO wide, with nH = nO / directions; LSTM, all parameters
        flat, see ``Ops.lstm_forward_training``; HC0 (2, depth, directions, nH), the output
        and the cells before the first step: zeros at first, and trained.

    Source:
        Hochreiter and Schmidhuber, Long Short-Term Memory, 1997.
    """
    if depth < 1:
        raise StructureError(
            f"an LSTM has at least one layer, got depth={depth}", fix="noop() is none"
        )
    make = partial(_make_parameters, init_W or glorot_uniform_init, init_b or zero_init)
    return Model(
        "lstm",
        _forward,
        dims={"nO": nO, "nI": nI, "depth": depth, "dirs": 2 if bi else 1},
        params={
            "LSTM": NodeWeight(make, "nO", "nI", shape_of=_flat_shape),
            "HC0": Weight(zero_init, "nO", shape_of=_state_shape),
        },
        attrs={"registry_name": "LSTM.v1", "dropout_rate": dropout},
        infer=_infer,
    )


@known_as("lstm")
def _forward(
    model: Model[Padded, Padded], Xp: Any, is_train: bool
) -> tuple[Padded, Callable[[Padded], Padded]]:
    ops, (H0, C0) = model.ops, model.get_param("HC0")
    X, is_row = packed(model, Xp, H0.dtype)
    params, backprop_params = drop_weights(model, is_train)
    if not is_train:
        inferred = ops.lstm_forward_inference(params, H0, C0, X, Xp.size_at_t)
        return unpacked(model, Xp, is_row, inferred), partial(refuse, model.name)
    Y, kept = ops.lstm_forward_training(params, H0, C0, X, Xp.size_at_t)

    def backprop(dYp: Padded) -> Padded:
        dY = rows_of_gradient(model, dYp, Xp, is_row, Y)
        found = ops.backprop_lstm_with_states(dY, Xp.size_at_t, params, kept)
        dX, d_params, dH0, dC0 = found
        model.inc_grad("LSTM", backprop_params(d_params))
        model.inc_grad("HC0", ops.xp.stack([dH0, dC0]))
        return unpacked(model, Xp, is_row, dX)

    return unpacked(model, Xp, is_row, Y), backprop


def refuse(name: str, dYp: Any) -> Any:
    """The backprop of a prediction, for which nothing was kept: an error."""
    raise BackpropError(
        f"{name} kept nothing for backprop when it predicted",
        fix="call begin_update() instead of predict()",
    )


def drop_weights(
    model: Model[Any, Any], is_train: bool
) -> tuple[Floats1d, Callable[[Floats1d], Floats1d]]:
    """The flat parameters, with some of them dropped in training, and the way back."""
    ops, params, rate = model.ops, model.get_param("LSTM"), model.attrs["dropout_rate"]
    if not (is_train and rate):
        return params, _unchanged
    key, draw = model.next_draw()
    dropped = ops.dropout(params, rate, key, draw)
    return dropped, lambda d_params: ops.backprop_dropout(d_params, rate, key, draw)


def _unchanged(d_params: Floats1d) -> Floats1d:
    return d_params


def _pieces(model: Model[Any, Any]) -> list[Shape]:
    """The shapes of the parameters in their order.

    For each layer and direction: four matrices of the input, four biases, four matrices of the
    last output, four biases.
    """
    nH, dirs = hidden_width(model), model.get_dim("dirs")
    pieces: list[Shape] = []
    for layer in range(model.get_dim("depth")):
        width = model.get_dim("nI") if layer == 0 else nH * dirs
        one = [(nH, width)] * 4 + [(nH,)] * 4 + [(nH, nH)] * 4 + [(nH,)] * 4
        pieces += one * dirs
    return pieces


def _flat_shape(model: Model[Any, Any]) -> Shape:
    return (sum(_size(piece) for piece in _pieces(model)),)


def _size(shape: Shape) -> int:
    return shape[0] * (shape[1] if len(shape) > 1 else 1)


def _state_shape(model: Model[Any, Any]) -> Shape:
    return (2, model.get_dim("depth"), model.get_dim("dirs"), hidden_width(model))


def _make_parameters(
    init_W: Initializer, init_b: Initializer, model: Model[Any, Any], shape: Shape
) -> FloatsXd:
    made = [
        (init_W if len(piece) == 2 else init_b)(model.ops, piece).reshape((_size(piece),))
        for piece in _pieces(model)
    ]
    flat: FloatsXd = model.ops.xp.concatenate(made)
    return flat


def _infer(model: Model[Any, Any], x: Spec | None, y: Spec | None) -> tuple[Spec, Spec]:
    if model.maybe_get_dim("nO") is not None:
        hidden_width(model)
    x = rows(model, "nI", x, rank=3, container="Padded")
    return x, rows(model, "nO", y, rank=3, container="Padded")
