"""What the combinators share that stand around one layer and take no place in paths."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from .._guards import is_dict, is_tuple
from ..model import Model
from ..ops import Ops
from ._entries import is_words
from ._one import infer_as_layer
from ._pack import pack
from ._specs import adopt, dims_like

In = TypeVar("In")
Out = TypeVar("Out")


def see_through(
    name: str,
    layer: Model[In, Out],
    forward: Callable[..., tuple[Any, Callable[..., Any]]],
    *,
    attrs: Mapping[str, Any] = {},
    gradient: Callable[[Any], Any] | None = None,
) -> Model[In, Out]:
    """A node around ``layer`` that paths, files and sizes look through.

    Args:
        gradient: What backprop makes of the exact gradients; if omitted, the layer's contract
            holds.
    """
    own: Any = layer.gradient
    if gradient is not None and callable(own):
        gradient = partial(_composed, inner=own, outer=gradient)
    model = Model[In, Out](
        f"{name}({layer.name})",
        forward,
        dims=dims_like(layer),
        layers=[layer],
        attrs=attrs,
        infer=infer_as_layer,
        gradient=own if gradient is None else gradient,
        role="see-through",
    )
    return adopt(model, "nO", "nI")


def on_arrays(ops: Ops, change: Callable[[Any], Any], dX: Any) -> Any:
    """``change`` applied to the floats in a gradient, whatever holds them.

    It sees an array, or all rows of a list, a Ragged or a Padded as one array; the items of a
    tuple and of a dict one after the other. Ids and words, which have no gradient, stay.
    """
    if dX is None:
        return None
    if is_dict(dX):
        return {key: on_arrays(ops, change, value) for key, value in dX.items()}
    if is_tuple(dX):
        return tuple(on_arrays(ops, change, item) for item in dX)
    if is_words(dX):
        return dX
    rows, restore = pack(ops, dX)
    return restore(change(rows)) if rows.dtype.kind == "f" else dX


def _composed(
    exact: dict[str, Any], inner: Callable[[Any], Any], outer: Callable[[Any], Any]
) -> Any:
    return outer(inner(exact))
