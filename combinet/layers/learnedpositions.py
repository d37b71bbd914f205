"""LearnedPositions: add a trained row for each place in a sequence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, overload

from ..errors import ShapeError
from ..initializers import Initializer, uniform_init
from ..model import Model, Weight
from ..registry import registry
from ..types import Floats2d, Padded, Ragged
from ._sequences import Sequences, infer_same_rows, positions_of


@overload
def LearnedPositions(
    max_length: int,
    nO: int | None = None,
    *,
    initializer: Initializer | None = uniform_init,
    of: Literal["ragged"] = "ragged",
) -> Model[Ragged, Ragged]: ...
@overload
def LearnedPositions(
    max_length: int,
    nO: int | None = None,
    *,
    initializer: Initializer | None = uniform_init,
    of: Literal["list"],
) -> Model[list[Floats2d], list[Floats2d]]: ...
@overload
def LearnedPositions(
    max_length: int,
    nO: int | None = None,
    *,
    initializer: Initializer | None = uniform_init,
    of: Literal["padded"],
) -> Model[Padded, Padded]: ...
@registry.layers("LearnedPositions.v1")
def LearnedPositions(
    max_length: int,
    nO: int | None = None,
    *,
    initializer: Initializer | None = uniform_init,
    of: str = "ragged",
) -> Model[Any, Any]:
    """Add to each row the trained row of its place: ``Y[i] = X[i] + E[i]`` in each sequence.

    Args:
        max_length: The longest sequence that it will see.
        nO: Width of a row; read from ``X`` at initialize() when omitted.
        initializer: Of the table.
        of: The container, for type checkers; each of them works at run time.

    Shapes:
        Sequences of rows, nO wide -> the same; E (max_length, nO).

    Raises:
        ShapeError: A sequence is longer than ``max_length``, or rows are not ``nO`` wide.
        DTypeError: The input is one array, which does not say where its sequences end.

    Source:
        Gehring et al., Convolutional Sequence to Sequence Learning, 2017, section 3.1.
    """
    return Model(
        "learned_positions",
        _forward,
        dims={"nO": nO, "nV": max_length},
        params={"E": Weight(initializer or uniform_init, "nV", "nO")},
        infer=infer_same_rows,
    )


def _forward(model: Model[Any, Any], Xs: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    ops, E = model.ops, model.get_param("E")
    seqs = Sequences(model, Xs, like=E)
    longest = int(ops.to_numpy(seqs.lengths).max(initial=0))
    if longest > len(E):
        raise ShapeError(
            f"{model.name} knows {len(E)} places, got a sequence of {longest} rows",
            fix="give it a larger max_length, or cut the sequences",
        )
    places = positions_of(ops, seqs.lengths)
    Y = seqs.rows + E[places]

    def backprop(dYs: Any) -> Any:
        dY = seqs.gradient(dYs, Y)
        ops.scatter_add(model.accumulator("E"), places, dY)
        return seqs.restore(dY)

    return seqs.restore(Y), backprop
