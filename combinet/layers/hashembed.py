"""HashEmbed: a trained row for every possible id, by hashing into a small table."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, overload

from ..errors import CombinetError, UnknownName
from ..fusion import known_as
from ..initializers import Initializer, uniform_init
from ..model import NO_DX, Model, Weight
from ..registry import registry
from ..rng import derive_key
from ..types import Floats2d, FloatsXd, Ints1d, Ints2d, Shape
from ._inputs import as_gradient, as_ids
from ._tables import drop_columns, of_column
from ._weights import NodeWeight
from .embed import infer_embed


@overload
def HashEmbed(
    nO: int | None,
    nV: int,
    *,
    seed: int | None = None,
    column: None = None,
    initializer: Initializer | None = uniform_init,
    dropout: float | None = None,
) -> Model[Ints1d, Floats2d]: ...
@overload
def HashEmbed(
    nO: int | None,
    nV: int,
    *,
    seed: int | None = None,
    column: int,
    initializer: Initializer | None = uniform_init,
    dropout: float | None = None,
) -> Model[Ints2d, Floats2d]: ...
@registry.layers("HashEmbed.v1")
def HashEmbed(
    nO: int | None,
    nV: int,
    *,
    seed: int | None = None,
    column: int | None = None,
    initializer: Initializer | None = uniform_init,
    dropout: float | None = None,
) -> Model[Any, Floats2d]:
    """Sum four rows that the id's hashes choose: ``Y[i] = sum over k of E[hash_k(X[i]) % nV]``.

    Two ids share all four rows so rarely that a table much smaller than the vocabulary will
    do, and no vocabulary is needed.

    Args:
        nO: Width of a row; read from ``Y`` at initialize() when omitted.
        nV: How many rows the table has.
        seed: Of the hashes; layers over the same ids need different ones. When omitted,
            initialize() takes it from the node's key. Lives in ``attrs["seed"]``.
        column: Where each row of the input holds several ids, the column to take.
        initializer: Of the table.
        dropout: Rate at which columns of the output are zeroed in training, for the whole
            batch at once. Lives in ``attrs["dropout_rate"]``.

    Shapes:
        X (n,) ints, or (n, columns) with ``column`` -> Y (n, nO); E (nV, nO).

    Source:
        Svenstrup, Hansen and Winther, Hash Embeddings for Efficient Word Representations, 2017.
    """
    if nV < 1:
        raise CombinetError(f"a table has at least one row, got nV={nV}")
    made_with_seed = partial(_make_table, initializer or uniform_init)
    layer: Model[Ints1d, Floats2d] = Model(
        "hashembed",
        _forward,
        dims={"nO": nO, "nV": nV, "nI": None},
        params={
            "E": NodeWeight(made_with_seed, "nV", "nO")
            if seed is None
            else Weight(initializer or uniform_init, "nV", "nO")
        },
        attrs={"seed": seed, **({} if dropout is None else {"dropout_rate": dropout})},
        infer=infer_embed,
        gradient="none",
    )
    return of_column(layer, column)


def _make_table(initializer: Initializer, model: Model[Any, Any], shape: Shape) -> FloatsXd:
    # 32 bits, because that is what the hash function takes.
    model.attrs["seed"] = derive_key(model.key or 0, "hash") % 2**32
    return initializer(model.ops, shape)


@known_as("hashembed")
def _forward(
    model: Model[Ints1d, Floats2d], X: Ints1d, is_train: bool
) -> tuple[Floats2d, Callable[[Floats2d], Ints1d]]:
    ops, E, seed = model.ops, model.get_param("E"), model.attrs["seed"]
    if seed is None:
        raise UnknownName(
            f"the hash seed of {model.name!r} is not set",
            fix="call initialize() on the model, or pass seed= to HashEmbed",
        )
    ids = as_ids(model, X)
    summed, rows = ops.hash_embed([E], ops.reshape2i(ids, len(ids), 1), [0], [seed])  # (n, 1, 4)
    Y, backprop_drop = drop_columns(model, summed, is_train)

    def backprop(dY: Floats2d, *, need_dX: bool = True) -> Ints1d:
        dY = backprop_drop(as_gradient(model, dY, Y))
        ops.backprop_hash_embed(dY, rows, [model.accumulator("E")])
        return ops.alloc1i(len(ids)) if need_dX else NO_DX

    return Y, backprop
