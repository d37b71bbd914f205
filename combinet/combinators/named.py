"""named: the outputs of several layers as a dict."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any, TypeVar

from .._guards import is_dict
from ..errors import BackpropError, StructureError
from ..infer import Spec, mirror, solve
from ..model import NO_DX, Model, without_dX
from ..registry import registry
from ._entries import add_entries
from ._specs import adopt, dims_of

In = TypeVar("In")


@registry.layers("named.v1")
def named(**layers: Model[In, Any]) -> Model[In, dict[str, Any]]:
    """Give every layer the same input and name their outputs: ``{"a": f(X), "b": g(X)}``.

    The gradient comes as a dict too; what the layers return for the input is summed, entry by
    entry where the input is a dict. See ``select`` for such an input.

    Args:
        layers: By the names of their outputs, which live in ``attrs["names"]``.

    Raises:
        StructureError: There are no layers.
        BackpropError: A gradient has other names.

    Example:
        >>> from combinet import Linear, Softmax
        >>> from combinet.combinators import named
        >>> heads = named(label=Softmax(3, 4), score=Linear(1, 4)).initialize()
        >>> sorted(heads.predict(heads.ops.alloc2f(2, 4)))
        ['label', 'score']
    """
    every = tuple(layers.values())
    if not every:
        raise StructureError("named() takes one layer or more", fix="noop() passes its input on")
    dims = {name: size for name, size in dims_of(every).items() if name == "nI"}
    model = Model[In, dict[str, Any]](
        f"named({', '.join(layers)})",
        _forward,
        dims=dims,
        layers=every,
        attrs={"names": list(layers)},
        infer=_infer,
    )
    return adopt(model, "nI")


def _forward(
    model: Model[Any, dict[str, Any]], X: Any, is_train: bool
) -> tuple[dict[str, Any], Callable[[dict[str, Any]], Any]]:
    names: list[str] = model.attrs["names"]
    made = {n: layer(X, is_train) for n, layer in zip(names, model.layers, strict=True)}

    def backprop(dYs: dict[str, Any], *, need_dX: bool = True) -> Any:
        if not is_dict(dYs) or dYs.keys() != made.keys():
            raise BackpropError(
                f"{model.name} takes one gradient for each of its outputs",
                outputs=", ".join(made),
                got=", ".join(dYs) if is_dict(dYs) else type(dYs).__name__,
            )
        found = [
            (run if need_dX else without_dX(run))(dYs[name]) for name, (_, run) in made.items()
        ]
        return reduce(add_entries, found) if need_dX else NO_DX

    return {name: Y for name, (Y, _) in made.items()}, backprop


def _infer(
    model: Model[Any, Any], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    """The widths of a dict are those of its layers: neither side says the other."""
    x = mirror(model, "nI", x)
    for layer in (*model.layers, *reversed(model.layers)):
        x, _ = solve(layer, x, None)
    return mirror(model, "nI", x), None
