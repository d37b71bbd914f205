"""with_flatten_v2: run a layer of lists over lists of lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ..infer import Spec
from ..model import Model
from ..registry import registry
from ._nested import apply_flat, infer_nested

Item = TypeVar("Item")
Made = TypeVar("Made")


@registry.layers("with_flatten.v2")
def with_flatten_v2(
    layer: Model[list[Item], list[Made]],
) -> Model[list[list[Item]], list[list[Made]]]:
    """Put all items into one list, apply the layer once, and cut its list up again.

    Args:
        layer: From a list of items to a list with one for each.

    Raises:
        DTypeError: The input is no list of lists, or the layer gives another number of items.
    """
    return Model(f"with_flatten({layer.name})", _forward, layers=[layer], infer=_infer)


def _forward(
    model: Model[Any, Any], nested: list[Any], is_train: bool
) -> tuple[list[Any], Callable[[list[Any]], list[Any]]]:
    return apply_flat(model, nested, is_train, _joined)


def _joined(parts: Sequence[Any]) -> list[Any]:
    return [item for part in parts for item in part]


def _infer(model: Model[Any, Any], x: Spec | None, y: Spec | None) -> tuple[Spec, Spec]:
    x, inner = infer_nested(model, x, y, Spec("list"))
    width = None if inner is None else inner.width
    return x, Spec("list", width=width, origin=None if inner is None else inner.origin)
