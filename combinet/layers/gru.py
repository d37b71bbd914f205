"""GRU: a gated recurrent network over padded sequences."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ..chain import chain
from ..errors import StructureError
from ..infer import Spec, meet, rows
from ..initializers import Initializer, glorot_uniform_init, zero_init
from ..model import Model, Weight
from ..registry import registry
from ..types import FloatsXd, Padded, Shape
from ._recurrent import hidden_width, packed, rows_of_gradient, unpacked
from ._weights import NodeWeight
from .dropout import Dropout


@registry.layers("GRU.v1")
def GRU(
    nO: int | None = None,
    nI: int | None = None,
    *,
    bi: bool = False,
    depth: int = 1,
    dropout: float = 0.0,
    init_W: Initializer | None = glorot_uniform_init,
    init_b: Initializer | None = zero_init,
) -> Model[Padded, Padded]:
    """A gated recurrent unit, ``h' = (1 - z) n + z h`` with ``n = tanh(a + r u)``.

    Here r and z are sigmoids of what is linear in the input and in the last h; a is linear in
    the input and u in the last h, with a bias each: the formula of torch and cuDNN.

    Args:
        nO: Width of the output, of both directions together; read from ``Y`` when omitted.
        nI: Width of the input; read from ``X`` at initialize() when omitted.
        bi: Run a second network from each sequence's end, and join the two outputs.
        depth: How many layers are stacked, as a chain with a Dropout between each two.
        dropout: Rate of these; lives in their ``attrs["dropout_rate"]``.
        init_W, init_b: Initializers of each gate's matrices, (nH, width), and biases.

    Shapes:
        Padded, nI wide -> Padded, nO wide. With nH = nO / dirs each layer has Wx
        (dirs, 3, nH, nI), bx (dirs, 3, nH), Wh (dirs, 3, nH, nH), bh (dirs, 3, nH), their parts
        in the order r, z, n; H0 (dirs, nH), the h before the first step: zeros at first, and
        trained.

    Raises:
        StructureError: There is no layer.
        DTypeError: The input is no Padded.

    Source:
        Cho et al., Learning Phrase Representations using RNN Encoder-Decoder, 2014.
    """
    if depth < 1:
        raise StructureError(
            f"a GRU has at least one layer, got depth={depth}", fix="noop() is none"
        )
    model = _layer(nO, nI, bi, init_W or glorot_uniform_init, init_b or zero_init, _infer)
    for _ in range(depth - 1):
        above = _layer(nO, nO, bi, init_W or glorot_uniform_init, init_b or zero_init, _infer_above)
        model = chain(model, Dropout(dropout, of="padded"), above)
    return model


def _layer(
    nO: int | None,
    nI: int | None,
    bi: bool,
    init_W: Initializer,
    init_b: Initializer,
    infer: Callable[..., tuple[Spec, Spec]],
) -> Model[Padded, Padded]:
    matrix, bias = partial(_make, init_W), partial(_make, init_b)
    return Model(
        "gru",
        _forward,
        dims={"nO": nO, "nI": nI, "dirs": 2 if bi else 1},
        params={
            "Wx": NodeWeight(matrix, "nO", "nI", shape_of=partial(_shape, of="nI")),
            "bx": NodeWeight(bias, "nO", shape_of=_shape),
            "Wh": NodeWeight(matrix, "nO", shape_of=partial(_shape, of="nH")),
            "bh": NodeWeight(bias, "nO", shape_of=_shape),
            "H0": Weight(zero_init, "nO", shape_of=_state_shape),
        },
        infer=infer,
    )


def _forward(
    model: Model[Padded, Padded], Xp: Padded, is_train: bool
) -> tuple[Padded, Callable[[Padded], Padded]]:
    ops = model.ops
    Wx, bx, Wh, bh, H0 = (model.get_param(name) for name in model.param_names)
    X, is_row = packed(model, Xp, Wx.dtype)
    sizes = Xp.size_at_t
    Y, state = ops.gru(Wx, bx, Wh, bh, H0, X, sizes)

    def backprop(dYp: Padded) -> Padded:
        dY = rows_of_gradient(model, dYp, Xp, is_row, Y)
        dX, *gradients = ops.backprop_gru(dY, Wx, Wh, H0, X, sizes, state)
        for name, gradient in zip(model.param_names, gradients, strict=True):
            model.inc_grad(name, gradient)
        return unpacked(model, Xp, is_row, dX)

    return unpacked(model, Xp, is_row, Y), backprop


def _shape(model: Model[Any, Any], of: str = "") -> Shape:
    """Of a bias, or of a matrix whose rows are as wide as the input or the state."""
    nH = hidden_width(model)
    width = {"": (), "nI": (model.get_dim("nI"),), "nH": (nH,)}[of]
    return (model.get_dim("dirs"), 3, nH, *width)


def _state_shape(model: Model[Any, Any]) -> Shape:
    return (model.get_dim("dirs"), hidden_width(model))


def _make(init: Initializer, model: Model[Any, Any], shape: Shape) -> FloatsXd:
    """Each gate by itself, so that its scale is that of one matrix."""
    pieces = [init(model.ops, tuple(shape[2:])) for _ in range(shape[0] * shape[1])]
    made: FloatsXd = model.ops.xp.stack(pieces).reshape(tuple(shape))
    return made


def _infer(model: Model[Any, Any], x: Spec | None, y: Spec | None) -> tuple[Spec, Spec]:
    x = rows(model, "nI", x, rank=3, container="Padded")
    y = rows(model, "nO", y, rank=3, container="Padded")
    if model.maybe_get_dim("nO") is not None:
        hidden_width(model)
    return x, y


def _infer_above(model: Model[Any, Any], x: Spec | None, y: Spec | None) -> tuple[Spec, Spec]:
    """A layer above the first: its input is the output of one like it."""
    x, y = _infer(model, x, y)
    return _infer(model, meet(model, "nO", x), meet(model, "nI", y))
