"""resizable: a layer that can be made wider later, and the ways to do it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ..errors import DimError, StructureError
from ..model import Model
from ..registry import registry
from ..types import Floats2d, Unserializable
from ._one import infer_as_layer
from ._specs import adopt

In = TypeVar("In")
Out = TypeVar("Out")
AnyModel = TypeVar("AnyModel", bound=Model[Any, Any])


class _LeftOut(Unserializable):
    """A function that files leave out: the model that loads one has its own."""

    __slots__ = ()

    def __call__(self, layer: Model[Any, Any], new_nO: int) -> Model[Any, Any]:
        resized: Model[Any, Any] = self.obj(layer, new_nO)
        return resized


@registry.layers("resizable.v1")
def resizable(
    layer: Model[In, Out], resize_layer: Callable[[Model[In, Out], int], Model[In, Out]]
) -> Model[In, Out]:
    """Hold a layer that ``resize_model`` can exchange for a wider one: ``Y = f(X)``.

    Args:
        layer: The layer; it runs as it is.
        resize_layer: ``resize_layer(layer, new_nO) -> layer``, such as
            ``resize_linear_weighted``. Lives in ``attrs["resize_layer"]``.
    """
    model = Model[In, Out](
        f"resizable({layer.name})",
        _forward,
        dims=dict.fromkeys(layer.dim_names),
        layers=[layer],
        attrs={"resize_layer": _LeftOut(resize_layer)},
        infer=_infer,
    )
    return adopt(model, *layer.dim_names)


def resize_model(model: AnyModel, new_nO: int) -> AnyModel:
    """Let a ``resizable`` give rows of ``new_nO``, in place; returns it.

    Call it before the model is part of a larger one, or initialize that one again: what holds
    it keeps the width that it had.

    Raises:
        StructureError: The model is no ``resizable``.
        DimError: It would become narrower.
    """
    if "resize_layer" not in model.attrs:
        raise StructureError(
            f"{model.name!r} cannot be resized", fix="wrap the layer in resizable() first"
        )
    old = model.layers[0]
    model.replace_node(old, model.attrs["resize_layer"](old, new_nO))
    return model


def resize_linear_weighted(
    layer: Model[Floats2d, Floats2d],
    new_nO: int,
    *,
    fill_defaults: Mapping[str, float] | None = None,
) -> Model[Floats2d, Floats2d]:
    """A layer ``new_nO`` wide whose first rows of parameters are those of ``layer``.

    A layer without parameters yet, or of that width already, is itself set and returned.

    Args:
        layer: Its parameters are (nO, ...), as those of ``Linear`` and ``Softmax``.
        new_nO: The new width.
        fill_defaults: What new rows are filled with by name of parameter; 0 when omitted.

    Raises:
        StructureError: The layer has layers, references or shims, or a parameter without a
            row for each unit.
        DimError: It would become narrower.
    """
    if layer.layers or layer.ref_names or layer.shims:
        raise StructureError(
            f"{layer.name!r} is more than one layer, and cannot be resized",
            fix="put resizable() around the last layer only",
        )
    made = {n: layer.get_param(n) for n in layer.param_names if layer.has_param(n)}
    if not made:
        layer.set_dim("nO", new_nO, force=True)
    old_nO = layer.get_dim("nO")
    if new_nO == old_nO:
        return layer
    if new_nO < old_nO:
        raise DimError(f"{layer.name!r} has {old_nO} trained units, and {new_nO} would lose some")
    wider = layer.copy()
    for name in made:
        wider.set_param(name, None)
    wider.set_dim("nO", new_nO, force=True)
    for name, rows in made.items():
        wider.set_param(name, _taller(layer, name, rows, new_nO, (fill_defaults or {}).get(name)))
    return wider


def _taller(layer: Model[Any, Any], name: str, rows: Any, height: int, filler: float | None) -> Any:
    if rows.shape[0] != layer.get_dim("nO"):
        raise StructureError(
            f"parameter {name!r} of {layer.name!r} has no row for each unit", shape=rows.shape
        )
    taller: Any = layer.ops.alloc((height, *rows.shape[1:]), dtype=rows.dtype)
    taller[: len(rows)] = rows
    taller[len(rows) :] = filler or 0.0
    return taller


def _forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    return model.layers[0](X, is_train)


def _infer(model: Model[Any, Any], x: Any, y: Any) -> tuple[Any, Any]:
    found = infer_as_layer(model, x, y)
    adopt(model, *model.dim_names)
    return found
