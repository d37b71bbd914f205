"""Lists of lists laid end to end, and cut up again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..errors import BackpropError, DTypeError
from ..infer import Spec, fit, solve
from ..model import Model, without_dX
from ._gradient import check_like


def apply_flat(
    model: Model[Any, Any],
    nested: Sequence[Any],
    is_train: bool,
    join: Callable[[Sequence[Any]], Any],
) -> tuple[list[Any], Callable[[list[Any]], list[Any]]]:
    """Run the layer on all items in one list; cut what it gives up as they were.

    Args:
        join: Puts the gradients of the parts together as the layer gave its output.

    Raises:
        DTypeError: The input is no list of lists.
        BackpropError: The gradients are not those of the outputs.
    """
    if not hasattr(nested, "__len__"):
        raise DTypeError(f"{model.name} takes a list of lists, got {type(nested).__name__}")
    sizes = [len(_checked(model, part)) for part in nested]
    flat = [item for part in nested for item in part]
    Y, backprop_layer = model.layers[0](flat, is_train)
    if len(Y) != len(flat):
        raise DTypeError(
            f"the layer of {model.name} gives one item for each it gets",
            items=len(flat),
            given=len(Y),
        )

    def backprop(dYs: list[Any], *, need_dX: bool = True) -> list[Any]:
        check_like(model, dYs, sizes)
        if [len(dY) for dY in dYs] != sizes:
            raise BackpropError(
                f"the gradient given to {model.name} does not fit its output",
                dY=[len(dY) for dY in dYs],
                Y=sizes,
            )
        dX = (backprop_layer if need_dX else without_dX(backprop_layer))(join(dYs))
        # Layers of words return an empty list: their input has no gradient.
        return _cut(dX, sizes) if need_dX and len(dX) == len(flat) else dX

    return _cut(Y, sizes), backprop


def infer_nested(
    model: Model[Any, Any], x: Spec | None, y: Spec | None, given: Spec
) -> tuple[Spec, Spec | None]:
    """The items are of any kind; ``given`` is the form of what the layer gives."""
    x, y = fit(model, x or Spec(), Spec("list")), fit(model, y or Spec(), Spec("list"))
    wanted = given.but(width=y.width, origin=y.origin)
    _, inner = solve(model.layers[0], Spec("list"), wanted)
    return x, inner


def _cut(items: Any, sizes: list[int]) -> list[Any]:
    ends = [sum(sizes[: i + 1]) for i in range(len(sizes))]
    return [items[end - size : end] for end, size in zip(ends, sizes, strict=True)]


def _checked(model: Model[Any, Any], part: Any) -> Any:
    if isinstance(part, (str, bytes)) or not hasattr(part, "__len__"):
        raise DTypeError(
            f"{model.name} takes a list of lists, got an item {part!r:.60}",
            fix="leave it out for a flat list",
        )
    return part
