"""SparseLinear: a linear model over any number of sparse features, by hashing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from .._guards import is_tuple
from ..errors import DimError, DTypeError, ShapeError
from ..infer import Spec, fit, rows
from ..initializers import zero_init
from ..model import NO_DX, Model, Weight
from ..registry import registry
from ..types import Floats1d, Floats2d, Ints1d, Shape
from ._inputs import as_floats, as_gradient, as_ids

#: Keys of features, their values, and how many of them each row of the batch has.
Features: TypeAlias = tuple[Ints1d, Floats1d, Ints1d]


@registry.layers("SparseLinear.v1")
def SparseLinear(nO: int | None = None, length: int = 2**18) -> Model[Features, Floats2d]:
    """``SparseLinear_v2`` with the buckets of old weights: ``(h & (length - 1)) + class``.

    Classes share buckets there, and most of ``W`` is never used. Keep it for weights that
    were trained with it.

    Args:
        nO: Number of classes; read from ``Y`` at initialize() when omitted.
        length: How many buckets there are.

    Shapes:
        keys (n,), values (n,), lengths (batch,) -> Y (batch, nO); W (nO length,); b (nO,).
    """
    return _sparse_linear(nO, length, v1_indexing=True)


@registry.layers("SparseLinear.v2")
def SparseLinear_v2(nO: int | None = None, length: int = 2**18) -> Model[Features, Floats2d]:
    """A linear model whose features are any 64-bit keys: ``Y[r, c] = b[c] + sum over features
    i of row r of v[i] (W[c, h0(i)] + W[c, h1(i)])``.

    h0 and h1 are MurmurHash3 x86-32 of the key's 8 bytes, with seeds 0 and 1, modulo
    ``length``; two features share both buckets so rarely that no vocabulary is needed.
    The gradient has the form of the input: that of the values, between keys and lengths.

    Args:
        nO: Number of classes; read from ``Y`` at initialize() when omitted.
        length: How many buckets a class has.

    Shapes:
        keys (n,) uint64, values (n,), lengths (batch,) -> Y (batch, nO);
        W (nO length,), zeros at first, class by class; b (nO,).

    Raises:
        DTypeError: The input is no tuple of three arrays of ints, floats, ints.
        ShapeError: There is not one value for each key.
        RangeError: The lengths do not add up to the keys.

    Source:
        Weinberger et al., Feature Hashing for Large Scale Multitask Learning, 2009.
    """
    return _sparse_linear(nO, length, v1_indexing=False)


def _sparse_linear(nO: int | None, length: int, *, v1_indexing: bool) -> Model[Features, Floats2d]:
    if length < 1:
        raise DimError(f"a class has one bucket or more, got length={length}")
    return Model(
        "sparse_linear",
        _forward,
        dims={"nO": nO, "length": length},
        params={"W": Weight(zero_init, shape_of=_shape_of_W), "b": Weight(zero_init, "nO")},
        attrs={"v1_indexing": v1_indexing},
        infer=_infer,
    )


def _shape_of_W(model: Model[Any, Any]) -> Shape:
    return (model.get_dim("nO") * model.get_dim("length"),)


def _forward(
    model: Model[Features, Floats2d], X: Features, is_train: bool
) -> tuple[Floats2d, Callable[[Floats2d], Features]]:
    ops, W, b = model.ops, model.get_param("W"), model.get_param("b")
    keys, values, lengths = _features(model, X, W)
    how = {"v1_indexing": model.attrs["v1_indexing"]}
    Y, buckets = ops.sparse_linear(W, b, keys, values, lengths, **how)

    def backprop(dY: Floats2d, *, need_dX: bool = True) -> Features:
        dY = as_gradient(model, dY, Y)
        ops.add_sum_rows(model.accumulator("b"), dY)
        dW = model.accumulator("W")
        d_values = ops.backprop_sparse_linear(
            dY, W, dW, buckets, values, lengths, need_dX=need_dX, **how
        )
        return NO_DX if d_values is None else (keys, d_values, lengths)

    return Y, backprop


def _features(model: Model[Any, Any], X: Any, W: Floats1d) -> tuple[Any, Any, Any]:
    """Keys, values and lengths, each as it is wanted."""
    if not is_tuple(X) or len(X) != 3:
        raise DTypeError(
            f"{model.name} takes a tuple (keys, values, lengths), got {type(X).__name__}",
            fix="lay the features of all rows end to end, and give each row's number of them",
        )
    keys, lengths = as_ids(model, X[0]), as_ids(model, X[2])
    values: Any = as_floats(model, X[1], W.dtype)
    if values.shape != keys.shape:
        raise ShapeError(
            f"{model.name} takes one value for each key", keys=keys.shape, values=values.shape
        )
    return keys, values, lengths


def _infer(model: Model[Any, Any], x: Spec | None, y: Spec | None) -> tuple[Spec, Spec]:
    ids, floats = Spec("array", 1, dtype="i"), Spec("array", 1, dtype="f")
    wanted = (ids, floats, ids)
    given = fit(model, x or Spec(), Spec("tuple")).items
    items = [fit(model, g or Spec(), w) for g, w in zip(given or wanted, wanted, strict=False)]
    return Spec("tuple", items=items), rows(model, "nO", y)
