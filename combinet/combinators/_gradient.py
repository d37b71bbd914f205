"""What a backprop makes sure of, where its layer gives more than one array."""

from __future__ import annotations

from typing import Any

from .._guards import is_dict, is_host_array, is_list, is_tuple
from ..errors import BackpropError
from ..model import Model
from ..types import Padded, Ragged


def check_like(model: Model[Any, Any], dY: Any, Y: Any) -> None:
    """Raise unless ``dY`` is the container that ``Y`` is, of as many items, each as long.

    Raises:
        BackpropError: It is not.
    """
    given, wanted = form_of(dY), form_of(Y)
    if given == wanted:
        if _same_lengths(dY, Y):
            return
        given, wanted = f"{given}: {_lengths(dY)}", f"{wanted}: {_lengths(Y)}"
    raise BackpropError(
        f"the gradient given to {model.name} does not fit its output",
        dY=given,
        Y=wanted,
        fix="pass a gradient for each part of what begin_update() returned",
    )


def form_of(value: Any) -> str:
    """A container and its size, in words; of arrays, no more than that they are."""
    if isinstance(value, Ragged):
        return f"a Ragged of {len(value)} sequences and {len(value.data)} rows"
    if isinstance(value, Padded):
        return f"a Padded of {value.data.shape[0]} steps and {len(value)} sequences"
    if is_list(value) or is_tuple(value):
        return "1 item" if len(value) == 1 else f"{len(value)} items"
    if is_dict(value):
        return f"a dict of {', '.join(map(str, value)) or 'nothing'}"
    is_array = hasattr(value, "shape") and hasattr(getattr(value, "dtype", None), "kind")
    return "an array" if is_array and value.shape else type(value).__name__


def _same_lengths(dY: Any, Y: Any) -> bool:
    if isinstance(Y, Ragged | Padded) and dY.lengths is Y.lengths:
        return True
    lengths = _lengths(Y)
    return lengths is None or lengths == _lengths(dY)


def _lengths(value: Any) -> list[int] | None:
    """Of sequences, or of the arrays in a list; None where there are none to compare."""
    if isinstance(value, Ragged | Padded):
        lengths: Any = value.lengths
        return lengths.tolist() if is_host_array(lengths) else None
    if not (is_list(value) or is_tuple(value)):
        return None
    shapes: list[Any] = [getattr(item, "shape", None) for item in value]
    return [shape[0] for shape in shapes] if all(shapes) else None
