"""resize_output: more labels for a classifier inside spaCy, with what it has learned."""

from __future__ import annotations

from typing import Any

from ..errors import DimError
from ..initialize import renew
from ..model import Model

#: The bias of a new class among classes that exclude each other: it is not predicted at first,
#: and a few hundred steps can change that.
_UNLIKELY = -10.0


def can_grow(model: Model[Any, Any]) -> bool:
    """Whether the labels of a model are the rows of one layer, and nothing else knows them."""
    output = model.maybe_get_ref("output_layer") if "multi_label" in model.attrs else None
    return output is not None and model.maybe_get_ref("linear_model") is None


def resize_output(model: Any, new_nO: int) -> Any:
    """Let a classifier that ``to_thinc`` made tell ``new_nO`` labels apart, in place.

    What it gave for the labels that it has stays as it is. One that is not initialized yet
    reads the number of labels from the data; one that was set becomes this.

    Raises:
        DimError: It has learned more labels than that.
    """
    inner: Model[Any, Any] = model.shims[0].model
    output = inner.get_ref("output_layer")
    layer = next(node for node in output.walk() if node.param_names)
    old_nO = layer.maybe_get_dim("nO")
    if old_nO is None or old_nO == new_nO:
        return model
    made = {name: layer.get_param(name) for name in layer.param_names if layer.has_param(name)}
    if made and new_nO < old_nO:
        raise DimError(f"{layer.name!r} has learned {old_nO} labels, and {new_nO} would lose some")
    for name in made:
        layer.set_param(name, None)
    layer.set_dim("nO", new_nO, force=True)
    for name, rows in made.items():
        filler = _UNLIKELY if name == "b" and not inner.attrs["multi_label"] else 0.0
        layer.set_param(name, _taller(layer, rows, old_nO, new_nO, filler))
    model.shims[0].begin_anew(layer)
    renew(inner, [node for node in inner.walk() if node is not layer and layer in node.walk()])
    model.set_dim("nO", new_nO, force=True)
    return model


def _taller(layer: Model[Any, Any], rows: Any, old_nO: int, new_nO: int, filler: float) -> Any:
    """The rows of each label; those of ``SparseLinear`` are laid end to end."""
    each = rows.shape[0] // old_nO
    taller: Any = layer.ops.alloc((new_nO * each, *rows.shape[1:]), dtype=rows.dtype)
    taller[: len(rows)] = rows
    taller[len(rows) :] = filler
    return taller
