"""ParametricAttention: weigh the rows of each sequence by how well they match a trained row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..infer import Spec, rows, same
from ..initializers import uniform_init
from ..model import Model, Weight
from ..registry import registry
from ..types import Ragged
from ._inputs import as_ragged, as_ragged_gradient


@registry.layers("ParametricAttention.v1")
def ParametricAttention(nO: int | None = None) -> Model[Ragged, Ragged]:
    """``Y = a X`` with ``a = exp(X Q) / sum(exp(X Q))`` over the rows of each sequence.

    Args:
        nO: Width of a row; read from ``X`` at initialize() when omitted.

    Shapes:
        Ragged, nO wide -> Ragged of the same rows and lengths; Q (nO,).

    Source:
        Yang et al., Hierarchical Attention Networks for Document Classification, 2016.
    """
    return Model(
        "para-attn",
        _forward,
        dims={"nO": nO},
        params={"Q": Weight(uniform_init, "nO")},
        infer=_infer,
    )


def _forward(
    model: Model[Ragged, Ragged], Xr: Ragged, is_train: bool
) -> tuple[Ragged, Callable[[Ragged], Ragged]]:
    ops, Q = model.ops, model.get_param("Q")
    X: Any = as_ragged(model, Xr, Q)
    lengths = Xr.lengths
    column = Q.reshape((len(Q), 1))
    attention: Any = ops.softmax_sequences(ops.gemm(X, column), lengths)  # (rows, 1)
    Y = X * attention

    def backprop(dYr: Ragged) -> Ragged:
        dY = as_ragged_gradient(model, dYr, Y)
        d_attention = (dY * X).sum(axis=1, keepdims=True)
        d_scores = ops.backprop_softmax_sequences(d_attention, attention, lengths)
        ops.add_gemm(model.accumulator("Q").reshape(column.shape), X, d_scores, trans1=True)
        return Ragged(dY * attention + ops.gemm(d_scores, column, trans2=True), lengths)

    return Ragged(Y, lengths), backprop


def _infer(model: Model[Any, Any], x: Spec | None, y: Spec | None) -> tuple[Spec, Spec]:
    x, y = rows(model, "nO", x, container="Ragged"), rows(model, "nO", y, container="Ragged")
    known, _ = same(model, x, y)
    known = rows(model, "nO", known, container="Ragged")
    return known, known
