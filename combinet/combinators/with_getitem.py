"""with_getitem: run a layer on one item of a tuple."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._guards import is_tuple
from ..errors import BackpropError, DTypeError, RangeError
from ..infer import Spec, fit, same, solve
from ..model import NO_DX, Model, without_dX
from ..registry import registry
from ._gradient import form_of


@registry.layers("with_getitem.v1")
def with_getitem(idx: int, layer: Model[Any, Any]) -> Model[tuple[Any, ...], tuple[Any, ...]]:
    """Apply the layer to item ``idx`` of a tuple; the others pass as they are.

    Args:
        idx: Which item; from the end where it is negative. Lives in ``attrs["idx"]``.
        layer: Acts on that item.

    Raises:
        DTypeError: The input is no tuple.
        RangeError: It has no such item.
    """
    return Model(
        f"with_getitem({layer.name})", _forward, layers=[layer], attrs={"idx": idx}, infer=_infer
    )


def _forward(
    model: Model[Any, Any], items: tuple[Any, ...], is_train: bool
) -> tuple[tuple[Any, ...], Callable[[tuple[Any, ...]], tuple[Any, ...]]]:
    if not is_tuple(items):
        raise DTypeError(
            f"{model.name} takes a tuple, got {type(items).__name__}",
            fix="tuplify() makes one of the outputs of several layers",
        )
    index = _place(model, len(items))
    Y, backprop_item = model.layers[0](items[index], is_train)

    def backprop(dYs: tuple[Any, ...], *, need_dX: bool = True) -> tuple[Any, ...]:
        if not is_tuple(dYs) or len(dYs) != len(items):
            raise BackpropError(
                f"{model.name} takes one gradient for each of its {len(items)} items",
                dY=form_of(dYs),
            )
        dX = (backprop_item if need_dX else without_dX(backprop_item))(dYs[index])
        return _with(dYs, index, dX) if need_dX else NO_DX

    return _with(items, index, Y), backprop


def _with(items: tuple[Any, ...], index: int, item: Any) -> tuple[Any, ...]:
    return (*items[:index], item, *items[index + 1 :])


def _place(model: Model[Any, Any], count: int) -> int:
    idx: int = model.attrs["idx"]
    if not -count <= idx < count:
        raise RangeError(f"{model.name} takes item {idx} of a tuple, and there are {count}")
    return idx % count


def _infer(
    model: Model[Any, Any], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    x, y = fit(model, x or Spec(), Spec("tuple")), fit(model, y or Spec(), Spec("tuple"))
    count = len(x.items) or len(y.items)
    if not count:
        solve(model.layers[0], None, None)
        return x, y
    index = _place(model, count)
    nothing: tuple[Spec | None, ...] = (None,) * count
    befores, afters = ((s.items if len(s.items) == count else nothing) for s in (x, y))
    pairs = [
        solve(model.layers[0], one, two) if i == index else same(model, one, two)
        for i, (one, two) in enumerate(zip(befores, afters, strict=True))
    ]
    befores, afters = zip(*pairs, strict=True)
    return Spec("tuple", items=befores), Spec("tuple", items=afters)
