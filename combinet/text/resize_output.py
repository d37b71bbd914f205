"""resize_output: more labels for a network that is trained, with what it has learned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from ..errors import DimError, StructureError
from ..model import Model

AnyModel = TypeVar("AnyModel", bound=Model[Any, Any])


def resize_output(model: AnyModel, new_nO: int, *, bias: float = 0.0) -> AnyModel:
    """Let a network tell ``new_nO`` labels apart, in place; returns it.

    The scores of the labels that it has stay, before they are made to sum to 1; the weights of
    new ones are zeros. In an ensemble whose parts give probabilities that needs a ``bias`` far
    below 0. What has new rows is a new layer, so an optimizer begins anew with it.

    Args:
        model: A tagger, a text classifier, or any network that ends in a layer with a row of
            weights for each label, such as ``Softmax`` or ``Linear``.
        new_nO: How many labels there are to be.
        bias: Of the new labels; far below 0 they are not predicted until they are learned.

    Raises:
        DimError: There would be fewer labels than have weights now.
        StructureError: It does not end in such a layer.

    Example:
        >>> import numpy as np
        >>> from combinet import Softmax
        >>> model = Softmax(2, 3).initialize()
        >>> resize_output(model, 4).predict(np.ones((1, 3), dtype="float32")).shape
        (1, 4)
    """
    ensemble = next((node for node in model.walk() if node.has_ref("part_0")), None)
    if ensemble is None:
        _replace(model, _last_layer(model), new_nO, bias)
        return model
    both, output = ensemble.layers[0].layers
    before = [branch.maybe_get_dim("nO") for branch in both.layers]
    for name in [name for name in ensemble.ref_names if name.startswith("part_")]:
        _replace(model, _last_layer(ensemble.get_ref(name)), new_nO, bias)
    after = [branch.maybe_get_dim("nO") for branch in both.layers]
    _replace(model, _last_layer(output), new_nO, bias, _kept_columns(before, after))
    return model


def _last_layer(model: Model[Any, Any]) -> Model[Any, Any]:
    """The layer with weights that the output of a network comes from."""
    layer = model
    while layer.layers:
        if layer.role == "chain":
            trained = [each for each in layer.layers if _has_weights(each)]
            layer = trained[-1] if trained else layer.layers[-1]
        elif layer.role == "see-through" or _passes_on(layer):
            layer = layer.layers[0]
        else:
            raise _no_rows(model, layer)
    if not layer.param_names or layer.has_dim("nO") is False or layer.shims:
        raise _no_rows(model, layer)
    return layer


def _passes_on(layer: Model[Any, Any]) -> bool:
    return len(layer.layers) == 1 and (
        layer.name.startswith("with_") or "resize_layer" in layer.attrs
    )


def _has_weights(model: Model[Any, Any]) -> bool:
    return any(node.param_names or node.shims for node in model.walk())


def _replace(
    root: Model[Any, Any],
    layer: Model[Any, Any],
    new_nO: int,
    bias: float,
    columns: Any = None,
) -> None:
    old_nO = layer.maybe_get_dim("nO")
    made = {name: layer.get_param(name) for name in layer.param_names if layer.has_param(name)}
    if made and old_nO is not None and new_nO < old_nO:
        raise DimError(f"{layer.name!r} has {old_nO} labels, and {new_nO} would lose some")
    if new_nO == old_nO or not made:
        layer.set_dim("nO", new_nO, force=True)
        root.replace_node(layer, layer)
        return
    taller = {
        name: _taller(layer, name, rows, new_nO, bias if name == "b" else 0.0, columns)
        for name, rows in made.items()
    }
    wider = layer.copy()
    if layer is root:  # it stays; under a new id, so that no optimizer takes it for the old one
        wider, layer.id = layer, wider.id
    for name in made:
        wider.set_param(name, None)
    wider.set_dim("nO", new_nO, force=True)
    if columns is not None:
        wider.set_dim("nI", columns[1], force=True)
    for name, rows in taller.items():
        wider.set_param(name, rows)
    root.replace_node(layer, wider)


def _taller(
    layer: Model[Any, Any], name: str, rows: Any, new_nO: int, filler: float, columns: Any
) -> Any:
    """The rows of the labels there are, then those of new ones; ``SparseLinear`` has them flat."""
    old_nO = layer.get_dim("nO")
    is_flat = rows.ndim == 1
    if rows.shape[0] % old_nO or not (is_flat or rows.shape[0] == old_nO):
        raise StructureError(
            f"parameter {name!r} of {layer.name!r} has no row for each label", shape=rows.shape
        )
    each = rows.shape[0] // old_nO
    if columns is not None and rows.ndim == 2:
        wider: Any = layer.ops.alloc((old_nO, columns[1]), dtype=rows.dtype)
        wider[:, columns[0]] = rows
        rows = wider
    taller: Any = layer.ops.alloc((new_nO * each, *rows.shape[1:]), dtype=rows.dtype)
    taller[: len(rows)] = rows
    taller[len(rows) :] = filler
    return taller


def _kept_columns(before: Sequence[int | None], after: Sequence[int | None]) -> Any:
    """Where the columns of several parts stand when some are wider, and how many there are."""
    if None in before or None in after:
        return None
    kept: list[Any] = []
    start = 0
    for old, new in zip(before, after, strict=True):
        kept.append(np.arange(start, start + (old or 0)))
        start += new or 0
    return np.concatenate(kept), start


def _no_rows(model: Model[Any, Any], layer: Model[Any, Any]) -> StructureError:
    return StructureError(
        f"{model.name!r} ends in {layer.name!r}, which has no row of weights for each label",
        fix="resize a network that ends in Linear, Softmax or SparseLinear",
    )
