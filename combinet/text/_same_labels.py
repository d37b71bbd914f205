"""same_labels: some parts of a layer have as many outputs as the whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ..infer import Spec, mirror, solve
from ..model import Model

In = TypeVar("In")
Out = TypeVar("Out")


def same_labels(layer: Model[In, Out], parts: Sequence[Model[Any, Any]]) -> Model[In, Out]:
    """The layer as it is, with one rule of sizes more: the width of the whole is that of each part.

    A width is never guessed for a layer inside a chain; here it is known.
    """
    refs = {f"part_{i}": part for i, part in enumerate(parts)}
    dims = {"nO": None}
    return Model(
        f"ensemble({layer.name})",
        _forward,
        layers=[layer],
        dims=dims,
        refs=refs,
        infer=_infer,
        role="see-through",
    )


def _forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    return model.layers[0](X, is_train)


def _infer(
    model: Model[Any, Any], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    x, y = solve(model.layers[0], x, mirror(model, "nO", y))
    y = mirror(model, "nO", y)
    for name in model.ref_names:
        part = model.get_ref(name) if name.startswith("part_") else None
        if part is not None and y is not None and y.width is not None:
            solve(part, None, Spec("array", 2, y.width, dtype="f", origin=y.origin))
    return x, y
