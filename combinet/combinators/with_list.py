"""with_list: run a layer of lists over other containers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, overload

from ..model import Model
from ..registry import registry
from ..types import Floats2d, Padded, Ragged
from ._inside import apply_inside
from ._pack import to_list
from ._specs import adopt, dims_like, through


@overload
def with_list(
    layer: Model[list[Floats2d], list[Floats2d]], *, of: Literal["list"]
) -> Model[list[Floats2d], list[Floats2d]]: ...
@overload
def with_list(
    layer: Model[list[Floats2d], list[Floats2d]], *, of: Literal["ragged"] = "ragged"
) -> Model[Ragged, Ragged]: ...
@overload
def with_list(
    layer: Model[list[Floats2d], list[Floats2d]], *, of: Literal["padded"]
) -> Model[Padded, Padded]: ...
@registry.layers("with_list.v1")
def with_list(layer: Model[Any, Any], *, of: str = "ragged") -> Model[Any, Any]:
    """Make a list of arrays of the sequences, apply ``layer``, and put the result back.

    Takes a list of arrays, a Ragged or a Padded.

    Args:
        layer: Must keep the number of sequences and their lengths.
        of: The container, for type checkers; each of them works at run time.
    """
    model = Model[Any, Any](
        f"with_list({layer.name})",
        _forward,
        dims=dims_like(layer),
        layers=[layer],
        infer=through("list"),
    )
    return adopt(model, "nO", "nI")


def _forward(model: Model[Any, Any], Xs: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    return apply_inside(model, Xs, is_train, to_list)
