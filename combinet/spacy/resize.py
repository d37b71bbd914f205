"""resize_output: more labels for a classifier inside spaCy, with what it has learned."""

from __future__ import annotations

from typing import Any

from ..model import Model
from ..text import resize_output as with_more_labels

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
        DimError: It has more labels than that.
    """
    shim = model.shims[0]
    inner: Model[Any, Any] = shim.model
    if inner.get_ref("output_layer").maybe_get_dim("nO") in (None, new_nO):
        return model
    before = {row.path: row.weights.shape for row in shim.rows()}
    with_more_labels(inner, new_nO, bias=0.0 if inner.attrs["multi_label"] else _UNLIKELY)
    shim.begin_anew([r.path for r in shim.rows() if r.weights.shape != before.get(r.path)])
    model.set_dim("nO", new_nO, force=True)
    return model
