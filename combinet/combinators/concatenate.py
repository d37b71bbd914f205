"""concatenate: the outputs of several layers side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, overload

from ..errors import BackpropError, DimError, ShapeError
from ..fusion import fused_as
from ..infer import Mismatch, Spec, mirror, solve
from ..model import Model
from ..operators import default_operator
from ..ops import Ops
from ..registry import registry
from ..types import Floats2d, Padded, Ragged
from ._branches import run_branches
from ._pack import kind_of, pack
from ._specs import adopt, dims_of
from .noop import noop

#: What the width is read off, in messages.
_SUM = "the sum of its layers"

In = TypeVar("In")
Out = TypeVar("Out")


@overload
def concatenate() -> Model[Floats2d, Floats2d]: ...
@overload
def concatenate(layer: Model[In, Out], /, *layers: Model[In, Out]) -> Model[In, Out]: ...
@registry.layers("concatenate.v1")
def concatenate(*layers: Model[Any, Any]) -> Model[Any, Any]:
    """Give every layer the same input and join their outputs: ``Y = [f(X), g(X)]``, ``f | g``.

    Without layers it is ``noop()``, of one layer it is that layer.

    Shapes:
        Outputs (n, nO1), (n, nO2), ... -> (n, nO1 + nO2 + ...): arrays, lists of them, Ragged
        or Padded, one kind for all; Ragged keeps the lengths.

    Raises:
        ShapeError: The outputs differ in kind or in their number of rows.
    """
    if len(layers) < 2:
        return layers[0] if layers else noop()
    name = "|".join(layer.name for layer in layers)
    model = Model[Any, Any](name, _forward, dims=dims_of(layers), layers=layers, infer=_infer)
    whole = _total([layer.maybe_get_dim("nO") for layer in layers])
    mirror(model, "nO", Spec(width=whole, origin=_SUM))
    return adopt(model, "nI")


@fused_as("concatenate")
def _forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    Ys, backprop_layers = run_branches(model, X, is_train)
    Y, split = _join(model, model.ops, Ys)

    def backprop(dY: Any, *, need_dX: bool = True) -> Any:
        return backprop_layers(split(dY), need_dX)

    return Y, backprop


def _join(
    model: Model[Any, Any], ops: Ops, Ys: Sequence[Any]
) -> tuple[Any, Callable[[Any], list[Any]]]:
    """The values side by side, and what cuts a gradient of the whole into theirs."""
    layout = _layout(ops, Ys[0])
    for Y in Ys[1:]:
        if _layout(ops, Y) != layout:
            raise ShapeError(
                f"the layers of {model.name} give outputs that do not lie side by side",
                **{f"output_{i}": _describe(ops, each) for i, each in enumerate(Ys)},
                fix="all must give one kind of container, with the same number of rows",
            )
    parts, restores = zip(*(pack(ops, Y) for Y in Ys), strict=True)
    # An empty list is laid out without a width, and then nobody knows that of the whole.
    unknown = next((part for part in parts if part.shape == (0, 0)), None)
    whole = ops.xp.concatenate(parts, axis=-1) if unknown is None else unknown
    widths = [part.shape[-1] for part in parts]

    def split(dY: Any) -> list[Any]:
        rows = pack(ops, dY)[0]
        if len(whole) == len(rows) == 0:
            rows = whole  # what has no rows has no width of its own
        if _layout(ops, dY) != layout or rows.shape != whole.shape:
            raise BackpropError(
                f"the gradient given to {model.name} does not fit its output",
                dY=_describe(ops, dY),
                Y=f"{kind_of(Ys[0])} {whole.shape}",
            )
        ends = [sum(widths[: i + 1]) for i in range(len(widths))]
        cut = [rows[..., end - width : end] for end, width in zip(ends, widths, strict=True)]
        return [restore(piece) for restore, piece in zip(restores, cut, strict=True)]

    return restores[0](whole), split


def _layout(ops: Ops, Y: Any) -> tuple[Any, ...]:
    """What values must have in common to lie side by side."""
    kind = kind_of(Y)
    if isinstance(Y, (Ragged, Padded)):
        return kind, ops.to_numpy(Y.lengths).tolist()
    if kind == "list":
        return kind, [len(item) for item in Y]
    return kind, Y.shape[:-1] if Y.ndim > 1 else None


def _describe(ops: Ops, Y: Any) -> str:
    return f"{kind_of(Y)} {pack(ops, Y)[0].shape}"


def _infer(
    model: Model[Any, Any], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    x = mirror(model, "nI", x)
    form = None if y is None else y.but(width=None, origin=None)
    parts: list[Spec | None] = [form] * len(model.layers)
    for order in (range(len(parts)), reversed(range(len(parts)))):
        for i in order:
            x, parts[i] = solve(model.layers[i], x, parts[i])
            form = form or (parts[i] and parts[i].but(width=None, origin=None))  # type: ignore[union-attr]
            parts = [part or form for part in parts]
    widths = [part.width if part is not None else None for part in parts]
    whole = _total(widths)
    if whole is not None and model.maybe_get_dim("nO") in (None, whole):
        mirror(model, "nO", Spec(width=whole, origin=_SUM))
    y = mirror(model, "nO", y)
    if y is None or y.width is None:
        return mirror(model, "nI", x), y or form
    if whole is not None and whole != y.width:
        raise Mismatch(model, "nO", y, Spec(width=whole, origin=(model, "nO")))
    if widths.count(None) == 1:
        x = _fill(model, widths.index(None), x, y, sum(filter(None, widths)))
    if y.container is None and form is not None:
        y = form.but(width=y.width, origin=y.origin)
    return mirror(model, "nI", x), y


def _fill(model: Model[Any, Any], i: int, x: Spec | None, y: Spec, others: int) -> Spec | None:
    """Layer ``i`` is as wide as the others leave it to be."""
    left = (y.width or 0) - others
    if left < 1:
        raise DimError(
            f"{model.name} is to give rows of {y.width}, and its other layers give {others}",
            fix="make them narrower, or the whole wider",
        )
    return solve(model.layers[i], x, y.but(width=left))[0]


def _total(widths: Sequence[int | None]) -> int | None:
    known = [width for width in widths if width is not None]
    return sum(known) if len(known) == len(widths) else None


default_operator("|", concatenate)
