"""What the layers share that put sequences into another container."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ..combinators._gradient import check_like
from ..combinators._pack import Restore, kind_of
from ..combinators._specs import carried
from ..errors import DTypeError
from ..infer import Container
from ..model import Model


def converter(
    name: str, forward: Callable[..., Any], into: Container, out_of: Container
) -> Model[Any, Any]:
    """A node that takes one container and gives another, with the same rows."""
    return Model(name, forward, infer=partial(carried, into=into, out_of=out_of))


def convert(
    model: Model[Any, Any], X: Any, wanted: Container, into: Callable[..., tuple[Any, Restore]]
) -> tuple[Any, Callable[[Any], Any]]:
    """What ``into`` makes of ``X``, and the way back.

    Raises:
        DTypeError: ``X`` is not the wanted container.
    """
    kind = kind_of(X)
    if kind != wanted:
        raise DTypeError(
            f"{model.name} takes a {wanted}, got {'an' if kind == 'array' else 'a'} {kind}",
            fix="leave the converter out, or put another one before it",
        )
    Y, restore = into(model.ops, X)

    def backprop(dY: Any) -> Any:
        if not len(X):  # nothing says how wide it would be: the gradient of nothing is itself
            return X
        check_like(model, dY, Y)
        return restore(dY)

    return Y, backprop
