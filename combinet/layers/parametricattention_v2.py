"""ParametricAttention_v2: attention to the rows of a sequence by keys made from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..combinators._specs import moved
from ..combinators.noop import noop
from ..errors import ShapeError
from ..infer import Spec, rows, same, solve
from ..initializers import uniform_init
from ..model import NO_DX, Model, Weight, without_dX
from ..registry import registry
from ..types import Floats2d, Ragged
from ._inputs import as_ragged, as_ragged_gradient

#: The reference under which the layer that makes the keys is found.
KEY_TRANSFORM_REF = "key_transform"


@registry.layers("ParametricAttention.v2")
def ParametricAttention_v2(
    *, key_transform: Model[Floats2d, Floats2d] | None = None, nO: int | None = None
) -> Model[Ragged, Ragged]:
    """``Y = a X`` with ``a = exp(K Q) / sum(exp(K Q))`` over the rows of each sequence, and
    ``K = key_transform(X)``.

    Args:
        key_transform: Makes the keys, as wide as the rows; the rows themselves when omitted.
            It is the reference ``"key_transform"``.
        nO: Width of a row; read from ``X`` at initialize() when omitted.

    Shapes:
        Ragged, nO wide -> Ragged of the same rows and lengths; Q (nO,).

    Raises:
        ShapeError: A key is not as wide as Q.

    Source:
        Yang et al., Hierarchical Attention Networks for Document Classification, 2016.
    """
    transform: Model[Floats2d, Floats2d] = noop() if key_transform is None else key_transform
    return Model(
        "para-attn",
        _forward,
        dims={"nO": nO},
        params={"Q": Weight(uniform_init, "nO")},
        layers=[transform],
        refs={KEY_TRANSFORM_REF: transform},
        infer=_infer,
    )


def _forward(
    model: Model[Ragged, Ragged], Xr: Ragged, is_train: bool
) -> tuple[Ragged, Callable[[Ragged], Ragged]]:
    ops, Q = model.ops, model.get_param("Q")
    X: Any = as_ragged(model, Xr, Q)
    lengths, column = Xr.lengths, Q.reshape((len(Q), 1))
    K, backprop_keys = model.get_ref(KEY_TRANSFORM_REF)(X, is_train)
    if K.shape != X.shape:
        raise ShapeError(
            "the keys of an attention are as wide as its rows", keys=K.shape, rows=X.shape
        )
    attention: Any = ops.softmax_sequences(ops.gemm(K, column), lengths)  # (rows, 1)
    Y = X * attention

    def backprop(dYr: Ragged, *, need_dX: bool = True) -> Ragged:
        dY = as_ragged_gradient(model, dYr, Y)
        d_attention = (dY * X).sum(axis=1, keepdims=True)
        d_scores = ops.backprop_softmax_sequences(d_attention, attention, lengths)
        ops.add_gemm(model.accumulator("Q").reshape(column.shape), K, d_scores, trans1=True)
        dK = ops.gemm(d_scores, column, trans2=True)
        dX = (backprop_keys if need_dX else without_dX(backprop_keys))(dK)
        return Ragged(dY * attention + dX, lengths) if need_dX else NO_DX

    return Ragged(Y, lengths), backprop


def _infer(model: Model[Any, Any], x: Spec | None, y: Spec | None) -> tuple[Spec, Spec]:
    x, y = rows(model, "nO", x, container="Ragged"), rows(model, "nO", y, container="Ragged")
    known, _ = same(model, x, y)
    keys = moved(known, "array")
    for key in solve(model.get_ref(KEY_TRANSFORM_REF), keys, keys):
        rows(model, "nO", key)
    known = rows(model, "nO", known, container="Ragged")
    return known, known
