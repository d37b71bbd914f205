"""CrossAttention: the rows of each sequence look at those of another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, overload

from .._guards import is_tuple
from ..errors import DTypeError, ShapeError
from ..infer import Spec, fit
from ..model import NO_DX, Model, without_dX
from ..registry import registry
from ..types import Floats2d, Padded, Ragged
from ._attention import attend, attention_model, infer_linears
from ._sequences import Sequences, infer_inside


@overload
def CrossAttention(
    heads: int,
    nO: int | None = None,
    nI: int | None = None,
    nK: int | None = None,
    *,
    dropout: float = 0.0,
    of: Literal["ragged"] = "ragged",
) -> Model[tuple[Ragged, Ragged], Ragged]: ...
@overload
def CrossAttention(
    heads: int,
    nO: int | None = None,
    nI: int | None = None,
    nK: int | None = None,
    *,
    dropout: float = 0.0,
    of: Literal["list"],
) -> Model[tuple[list[Floats2d], list[Floats2d]], list[Floats2d]]: ...
@overload
def CrossAttention(
    heads: int,
    nO: int | None = None,
    nI: int | None = None,
    nK: int | None = None,
    *,
    dropout: float = 0.0,
    of: Literal["padded"],
) -> Model[tuple[Padded, Padded], Padded]: ...
@registry.layers("CrossAttention.v1")
def CrossAttention(
    heads: int,
    nO: int | None = None,
    nI: int | None = None,
    nK: int | None = None,
    *,
    dropout: float = 0.0,
    of: str = "ragged",
) -> Model[Any, Any]:
    """``MultiHeadAttention`` with Q made of one value, and K and V of another.

    The input is a tuple (queries, keys): rows of the i-th sequence of queries look at the rows
    of the i-th sequence of keys. Where that has none, the means are zeros.

    Args:
        heads: How many times each row looks, each time with its own part of Q, K and V.
        nO: Width of the output, of Q, K and V; read from ``Y`` when omitted.
        nI: Width of the queries; read from ``X`` at initialize() when omitted.
        nK: Width of the keys; read from ``X`` at initialize() when omitted.
        dropout: Rate at which weights of the means are zeroed in training. Lives in
            ``attrs["dropout_rate"]``.
        of: The container of both, for type checkers; each of them works at run time.

    Shapes:
        (sequences of rows nI wide, as many sequences of rows nK wide) -> sequences as the first,
        nO wide. The layers under it are Linear: 0 for Q (nI -> nO), 1 and 2 for K and V
        (nK -> nO), 3 for the output (nO -> nO).

    Raises:
        DimError: ``heads`` does not divide nO.
        ShapeError: Rows have another width, or the two differ in their number of sequences.
        DTypeError: The input is no tuple of two.

    Source:
        Vaswani et al., Attention Is All You Need, 2017, section 3.2.3.
    """
    return attention_model(
        "cross_attention", _forward, _infer, heads, nO, nI, nK, dropout_rate=dropout
    )


def _forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    to_q, to_k, to_v, out = model.layers
    asking, asked = _both(model, X)
    Q, backprop_q = to_q(asking.rows, is_train)
    K, backprop_k = to_k(asked.rows, is_train)
    V, backprop_v = to_v(asked.rows, is_train)
    mixed, backprop_attend = attend(model, Q, K, V, asking.lengths, asked.lengths, is_train)
    Y, backprop_out = out(mixed, is_train)

    def backprop(dYs: Any, *, need_dX: bool = True) -> Any:
        dQ, dK, dV = backprop_attend(backprop_out(asking.gradient(dYs, Y)))
        if not need_dX:
            for run, d in ((backprop_q, dQ), (backprop_k, dK), (backprop_v, dV)):
                without_dX(run)(d)
            return NO_DX
        d_asked: Any = backprop_k(dK)
        return asking.restore(backprop_q(dQ)), asked.restore(d_asked + backprop_v(dV))

    return asking.restore(Y), backprop


def _both(model: Model[Any, Any], X: Any) -> tuple[Sequences, Sequences]:
    if not is_tuple(X) or len(X) != 2:
        raise DTypeError(
            f"{model.name} takes a tuple (queries, keys), got {type(X).__name__}",
            fix="tuplify(queries, keys) makes one of two layers",
        )
    asking = Sequences(model, X[0], like=model.layers[0].get_param("W"))
    asked = Sequences(model, X[1], like=model.layers[1].get_param("W"))
    if len(asking.lengths) != len(asked.lengths):
        raise ShapeError(
            f"{model.name} takes one sequence of keys for each sequence of queries",
            queries=len(asking.lengths),
            keys=len(asked.lengths),
        )
    return asking, asked


def _infer(
    model: Model[Any, Any], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    pair = Spec("tuple", items=(None, None)) if x is None else fit(model, x, Spec("tuple"))
    if len(pair.items) != 2:
        raise DTypeError(f"{model.name} takes a tuple (queries, keys), and is met by {pair}")
    asking, asked = pair.items

    def rule(x_rows: Spec | None, y_rows: Spec | None) -> tuple[Spec | None, Spec | None]:
        nonlocal asked

        def keys_rule(k_rows: Spec | None, _: Spec | None) -> tuple[Spec | None, Spec | None]:
            nonlocal x_rows, y_rows
            x_rows, k_rows, y_rows = infer_linears(model, x_rows, k_rows, y_rows)
            return k_rows, None

        asked, _ = infer_inside(model, asked, None, keys_rule)
        return x_rows, y_rows

    asking, y = infer_inside(model, asking, y, rule)
    return Spec("tuple", items=(asking, asked)), y
