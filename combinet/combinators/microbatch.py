"""microbatch: run a layer on parts of the batch, one after another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from .._guards import is_dict, is_list, is_tuple
from ..errors import BackpropError, DTypeError, ShapeError
from ..model import NO_DX, Model, without_dX
from ..ops import Ops
from ..registry import registry
from ..types import Ragged
from ._pack import kind_of
from ._see_through import see_through

In = TypeVar("In")
Out = TypeVar("Out")


@registry.layers("microbatch.v1")
def microbatch(layer: Model[In, Out], n: int) -> Model[In, Out]:
    """``Y = [f(X[:n]), f(X[n:2n]), ...]``, end to end.

    For a layer that treats rows, or sequences, one by one, outputs and gradients are those of
    the layer itself. ``microbatch(recompute(layer), n)`` needs the memory of n of them. Takes no
    place in paths.

    Args:
        n: Rows of an array, items of a list, sequences of a Ragged; of a tuple or dict, of each
            part. Lives in ``attrs["n"]``.

    Raises:
        ShapeError: ``n`` is below 1, or the parts of a tuple or dict are not equally long.
        DTypeError: The input is a Padded, whose parts are not sorted like the whole.
    """
    if n < 1:
        raise ShapeError(f"a batch is cut into parts of 1 row or more, got n={n}")
    return see_through("microbatch", layer, _forward, attrs={"n": n})


def _forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    layer, n, ops = model.layers[0], model.attrs["n"], model.ops
    size = _size(model, X)
    cuts = [slice(i, i + n) for i in range(0, size, n)] or [slice(0, 0)]
    made = [layer(_part(X, cut), is_train) for cut in cuts]
    Y = _joined(ops, [part for part, _ in made])
    if (given := _size(model, Y)) != size:
        raise ShapeError(
            f"{model.name} cuts its gradient like its input, and gave {given} rows for {size}",
            fix="use it around a layer that gives one row, or one sequence, for each",
        )

    def backprop(dY: Any, *, need_dX: bool = True) -> Any:
        if (given := _size(model, dY)) != size:
            raise BackpropError(f"{model.name} gave {size} rows, and got a gradient of {given}")
        backward = [run if need_dX else without_dX(run) for _, run in made]
        dXs = [run(_part(dY, cut)) for run, cut in zip(backward, cuts, strict=True)]
        return _joined(ops, dXs) if need_dX else NO_DX

    return Y, backprop


def _size(model: Model[Any, Any], X: Any) -> int:
    """How many rows, or sequences."""
    if is_tuple(X) or is_dict(X):
        sizes = {_size(model, item) for item in (X.values() if is_dict(X) else X)}
        if len(sizes) != 1:
            raise ShapeError(f"{model.name} takes parts of one length, got {sorted(sizes)}")
        return sizes.pop()
    if kind_of(X) == "Padded":
        raise DTypeError(
            f"{model.name} cannot cut a Padded, whose parts are not sorted like the whole",
            fix="cut lists or a Ragged, and put with_padded(...) inside",
        )
    return len(X)


def _part(X: Any, cut: slice) -> Any:
    if is_dict(X):
        return {key: _part(item, cut) for key, item in X.items()}
    return tuple(_part(item, cut) for item in X) if is_tuple(X) else X[cut]


def _joined(ops: Ops, parts: list[Any]) -> Any:
    first: Any = parts[0]
    if first is None:
        return first
    if is_dict(first):
        return {key: _joined(ops, [part[key] for part in parts]) for key in first}
    if is_tuple(first):
        return tuple(_joined(ops, list(items)) for items in zip(*parts, strict=True))
    if isinstance(first, Ragged):
        data = ops.xp.concatenate([part.dataXd for part in parts])
        return Ragged(data, ops.xp.concatenate([part.lengths for part in parts]))
    if is_list(first):
        return [item for part in parts for item in part]
    return ops.xp.concatenate(parts)
