"""with_ragged: run a layer of Ragged over other containers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, overload

from ..model import Model
from ..registry import registry
from ..types import Floats2d, Padded, Ragged
from ._inside import apply_inside
from ._pack import to_ragged
from ._specs import through


@overload
def with_ragged(
    layer: Model[Ragged, Ragged], *, of: Literal["list"] = "list"
) -> Model[list[Floats2d], list[Floats2d]]: ...
@overload
def with_ragged(
    layer: Model[Ragged, Ragged], *, of: Literal["ragged"]
) -> Model[Ragged, Ragged]: ...
@overload
def with_ragged(
    layer: Model[Ragged, Ragged], *, of: Literal["padded"]
) -> Model[Padded, Padded]: ...
@registry.layers("with_ragged.v1")
def with_ragged(layer: Model[Any, Any], *, of: str = "list") -> Model[Any, Any]:
    """Make a Ragged of the sequences, apply ``layer``, and put the result back.

    Takes a list of arrays, a Ragged, a Padded, or a tuple (data, lengths).

    Args:
        layer: Must keep the number of sequences and their lengths.
        of: The container, for type checkers; each of them works at run time.
    """
    return Model(
        f"with_ragged({layer.name})",
        _forward,
        layers=[layer],
        infer=through("Ragged"),
    )


def _forward(model: Model[Any, Any], Xs: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    return apply_inside(model, Xs, is_train, to_ragged)
