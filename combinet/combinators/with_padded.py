"""with_padded: run a layer of Padded over other containers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, overload

from ..fusion import fused_as
from ..model import Model
from ..registry import registry
from ..types import Floats2d, Floats3d, Padded, Ragged
from ._inside import apply_inside
from ._pack import to_padded
from ._specs import adopt, dims_like, through


@overload
def with_padded(
    layer: Model[Padded, Padded], *, of: Literal["list"] = "list"
) -> Model[list[Floats2d], list[Floats2d]]: ...
@overload
def with_padded(
    layer: Model[Padded, Padded], *, of: Literal["ragged"]
) -> Model[Ragged, Ragged]: ...
@overload
def with_padded(
    layer: Model[Padded, Padded], *, of: Literal["padded"]
) -> Model[Padded, Padded]: ...
@overload
def with_padded(
    layer: Model[Padded, Padded], *, of: Literal["array"]
) -> Model[Floats3d, Floats3d]: ...
@registry.layers("with_padded.v1")
def with_padded(layer: Model[Any, Any], *, of: str = "list") -> Model[Any, Any]:
    """Make a Padded of the sequences, apply ``layer``, and put the result back.

    Takes a list of arrays, a Ragged, a Padded, a tuple of the four parts of one, or a
    3-d array (steps, sequences, width).

    Args:
        layer: Must keep the number of sequences and their lengths.
        of: The container, for type checkers; each of them works at run time.
    """
    model = Model[Any, Any](
        f"with_padded({layer.name})",
        _forward,
        dims=dims_like(layer),
        layers=[layer],
        infer=through("Padded"),
    )
    return adopt(model, "nO", "nI")


@fused_as("with_padded")
def _forward(model: Model[Any, Any], Xs: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    return apply_inside(model, Xs, is_train, to_padded)
