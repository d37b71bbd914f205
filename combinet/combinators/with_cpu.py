"""with_cpu: run a layer on the CPU in a model that runs elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from .._guards import is_list, is_tuple
from ..model import Model, without_dX
from ..ops import Ops
from ..registry import registry
from ..types import Padded, Ragged
from ._one import infer_as_layer
from ._specs import adopt

In = TypeVar("In")
Out = TypeVar("Out")


@registry.layers("with_cpu.v1")
def with_cpu(layer: Model[In, Out], ops: Ops) -> Model[In, Out]:
    """Take the input to the CPU, apply the layer there, and bring the output back.

    Args:
        layer: Moved to the CPU, in place: its parameters have to be where it runs.
        ops: Where the input comes from and the output goes, such as that of the GPU.
    """
    model = Model[In, Out](
        f"with_cpu({layer.name})",
        _forward,
        dims=dict.fromkeys(layer.dim_names),
        layers=[layer.to_cpu()],
        ops=ops,
        infer=_infer,
    )
    return adopt(model, *layer.dim_names)


def _forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    ops, layer = model.ops, model.layers[0]
    Y, backprop_layer = layer(_moved(layer.ops.to_numpy, X), is_train)

    def backprop(dY: Any, *, need_dX: bool = True) -> Any:
        run = backprop_layer if need_dX else without_dX(backprop_layer)
        return _moved(ops.asarray, run(_moved(layer.ops.to_numpy, dY)))

    return _moved(ops.asarray, Y), backprop


def _moved(move: Callable[[Any], Any], value: Any) -> Any:
    """``value`` with ``move`` applied to every array in it."""
    if isinstance(value, Ragged):
        return Ragged(move(value.data), move(value.lengths), value.data_shape)
    if isinstance(value, Padded):
        parts = (value.data, value.size_at_t, value.lengths, value.indices)
        return Padded(*(move(part) for part in parts))
    if is_list(value):
        return [_moved(move, item) for item in value]
    if is_tuple(value):
        return tuple(_moved(move, item) for item in value)
    return move(value) if hasattr(value, "dtype") and hasattr(value, "ndim") else value


def _infer(model: Model[Any, Any], x: Any, y: Any) -> tuple[Any, Any]:
    found = infer_as_layer(model, x, y)
    adopt(model, *model.dim_names)
    return found
