"""with_flatten: run a layer of lists that gives one array over lists of lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from ..infer import Spec
from ..model import Model
from ..registry import registry
from ..types import Floats2d
from ._nested import apply_flat, infer_nested
from ._pack import pack
from ._specs import moved

Item = TypeVar("Item")
Rows = TypeVar("Rows")


@registry.layers("with_flatten.v1")
def with_flatten(
    layer: Model[Sequence[Item], Rows],
) -> Model[Sequence[Sequence[Item]], list[Rows]]:
    """Put all items into one list, apply the layer once, and cut its array up again.

    Args:
        layer: From a list of items to an array with a row for each.

    Shapes:
        A list of lists of n items -> a list of arrays of n rows.

    Raises:
        DTypeError: The input is no list of lists, or the layer gives another number of rows.
    """
    return Model(f"with_flatten({layer.name})", _forward, layers=[layer], infer=_infer)


def _forward(
    model: Model[Any, Any], nested: Sequence[Any], is_train: bool
) -> tuple[list[Floats2d], Callable[[list[Floats2d]], list[Any]]]:
    return apply_flat(model, nested, is_train, partial(_laid_end_to_end, model))


def _laid_end_to_end(model: Model[Any, Any], dYs: Sequence[Any]) -> Any:
    return pack(model.ops, list(dYs))[0]


def _infer(
    model: Model[Any, Any], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    x, inner = infer_nested(model, x, y, Spec("array"))
    return x, moved(inner, "list")
