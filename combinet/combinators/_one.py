"""What the combinators share that run one layer on the very input they get."""

from __future__ import annotations

from typing import Any

from ..infer import Spec, mirror, solve
from ..model import Model


def infer_as_layer(
    model: Model[Any, Any], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    """The rule of the layer inside; dims of the same names mirror its own."""
    x, y = solve(model.layers[0], mirror(model, "nI", x), mirror(model, "nO", y))
    return mirror(model, "nI", x), mirror(model, "nO", y)
