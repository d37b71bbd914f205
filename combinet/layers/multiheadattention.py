"""MultiHeadAttention: the rows of each sequence look at each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, overload

from ..infer import Spec
from ..model import NO_DX, Model, without_dX
from ..registry import registry
from ..types import Floats2d, Padded, Ragged
from ._attention import attend, attention_model, infer_linears
from ._sequences import Sequences, infer_inside


@overload
def MultiHeadAttention(
    heads: int,
    nO: int | None = None,
    nI: int | None = None,
    *,
    causal: bool = False,
    rotary_period: float | None = None,
    dropout: float = 0.0,
    of: Literal["ragged"] = "ragged",
) -> Model[Ragged, Ragged]: ...
@overload
def MultiHeadAttention(
    heads: int,
    nO: int | None = None,
    nI: int | None = None,
    *,
    causal: bool = False,
    rotary_period: float | None = None,
    dropout: float = 0.0,
    of: Literal["list"],
) -> Model[list[Floats2d], list[Floats2d]]: ...
@overload
def MultiHeadAttention(
    heads: int,
    nO: int | None = None,
    nI: int | None = None,
    *,
    causal: bool = False,
    rotary_period: float | None = None,
    dropout: float = 0.0,
    of: Literal["padded"],
) -> Model[Padded, Padded]: ...
@registry.layers("MultiHeadAttention.v1")
def MultiHeadAttention(
    heads: int,
    nO: int | None = None,
    nI: int | None = None,
    *,
    causal: bool = False,
    rotary_period: float | None = None,
    dropout: float = 0.0,
    of: str = "ragged",
) -> Model[Any, Any]:
    """``Y = [softmax(Q K' / sqrt(d)) V for each head] Wo' + bo``, within each sequence.

    Q, K and V are three affine maps of the same rows, cut into heads of d = nO / heads columns.
    A row sees the rows of its own sequence and no padding.

    Args:
        heads: How many times each row looks, each time with its own part of Q, K and V.
        nO: Width of the output, of Q, K and V; read from ``Y`` when omitted.
        nI: Width of the input; read from ``X`` at initialize() when omitted.
        causal: Let a row see itself and those before it only.
        rotary_period: Turn queries and keys by their places, see ``RotaryPositions``; None for
            no positions. 10000.0 is the paper's.
        dropout: Rate at which weights of the means are zeroed in training. Lives in
            ``attrs["dropout_rate"]``.
        of: The container, for type checkers; each of them works at run time.

    Shapes:
        Sequences of rows, nI wide -> the same, nO wide. The layers under it are Linear: 0, 1, 2
        for Q, K, V (nI -> nO) and 3 for the output (nO -> nO).

    Raises:
        DimError: ``heads`` does not divide nO.
        ShapeError: Rows are not ``nI`` wide.
        DTypeError: The input is one array, which does not say where its sequences end.

    Source:
        Vaswani et al., Attention Is All You Need, 2017, section 3.2.
    """
    settings = {"causal": causal, "rotary_period": rotary_period, "dropout_rate": dropout}
    return attention_model("attention", _forward, _infer, heads, nO, nI, nI, **settings)


def _forward(model: Model[Any, Any], Xs: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    *to_qkv, out = model.layers
    seqs = Sequences(model, Xs, like=to_qkv[0].get_param("W"))
    lengths = seqs.lengths
    made = [layer(seqs.rows, is_train) for layer in to_qkv]
    Q, K, V = (Y for Y, _ in made)
    mixed, backprop_attend = attend(model, Q, K, V, lengths, lengths, is_train)
    Y, backprop_out = out(mixed, is_train)

    def backprop(dYs: Any, *, need_dX: bool = True) -> Any:
        gradients = backprop_attend(backprop_out(seqs.gradient(dYs, Y)))
        backward = [run if need_dX else without_dX(run) for _, run in made]
        dXs = [run(d) for run, d in zip(backward, gradients, strict=True)]
        return seqs.restore(dXs[0] + dXs[1] + dXs[2]) if need_dX else NO_DX

    return seqs.restore(Y), backprop


def _infer(
    model: Model[Any, Any], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    def rule(x_rows: Spec | None, y_rows: Spec | None) -> tuple[Spec | None, Spec | None]:
        x_rows, keys, y_rows = infer_linears(model, x_rows, x_rows, y_rows)
        return x_rows if keys is None else keys, y_rows

    return infer_inside(model, x, y, rule)
