"""extract_spans: the rows of spans, out of those of whole documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._guards import is_tuple
from ..errors import DTypeError, RangeError, ShapeError
from ..infer import Spec, fit, same
from ..layers._inputs import as_ragged, as_ragged_gradient
from ..model import Model
from ..registry import registry
from ..types import Ragged

Spanned = tuple[Ragged, Ragged]


@registry.layers("extract_spans.v1")
def extract_spans() -> Model[Spanned, Ragged]:
    """Take out the rows of each span; a row is repeated for every span that it is in.

    Shapes:
        A Ragged of documents, nI wide, and a Ragged of as many with a row (start, end) for each
        of their spans -> a Ragged of spans, nI wide. Ends are not included.

    Raises:
        DTypeError: The input is no pair of Ragged.
        ShapeError: They are not of as many documents.
        RangeError: A span is empty, or reaches out of its document.
    """
    return Model("extract_spans", _forward, infer=_infer)


def _forward(
    model: Model[Spanned, Ragged], X: Spanned, is_train: bool
) -> tuple[Ragged, Callable[[Ragged], Spanned]]:
    if not is_tuple(X) or len(X) != 2 or not isinstance(X[1], Ragged):
        raise DTypeError(
            f"{model.name} takes the rows of documents and their spans, got {type(X).__name__}",
            fix="(Ragged, Ragged)",
        )
    rows: Any = as_ragged(model, X[0])
    spans, ops = X[1], model.ops
    index, lengths = rows_of_spans(X[0].lengths, spans)
    index = ops.asarray1i(index)
    Y = rows[index]

    def backprop(dYr: Ragged) -> Spanned:
        dX: Any = ops.alloc(rows.shape, dtype=rows.dtype)
        ops.scatter_add(dX, index, as_ragged_gradient(model, dYr, Y))
        return Ragged(dX, X[0].lengths), spans

    return Ragged(Y, ops.asarray1i(lengths)), backprop


def rows_of_spans(lengths: Any, spans: Ragged) -> tuple[Any, Any]:
    """The number of each row of each span among the rows of all documents, and their lengths.

    Raises:
        ShapeError: The spans are not those of as many documents.
        RangeError: A span is empty, or reaches out of its document.
    """
    sizes, counts, ends = _host(lengths), _host(spans.lengths), _host(spans.data)
    if len(sizes) != len(counts):
        raise ShapeError(f"there are {len(sizes)} documents, and spans of {len(counts)}")
    if ends.shape[1:] != (2,):
        raise ShapeError("a span is a row of two numbers, (start, end)", spans=ends.shape)
    owners: Any = np.repeat(np.arange(len(counts)), counts)
    first, last = ends[:, 0].astype("int64"), ends[:, 1].astype("int64")
    if bad := np.flatnonzero((first < 0) | (first >= last) | (last > sizes[owners])).tolist():
        i = bad[0]
        raise RangeError(
            f"no span from word {first[i]} to {last[i]} is in document {owners[i]}",
            words=int(sizes[owners[i]]),
        )
    starts = (np.cumsum(sizes) - sizes)[owners] + first
    widths = last - first
    within = np.arange(int(widths.sum())) - np.repeat(np.cumsum(widths) - widths, widths)
    return np.repeat(starts, widths) + within, widths.astype("int32")


def _host(array: Any) -> Any:
    """An array of any backend as NumPy's."""
    return array.get() if hasattr(array, "get") else np.asarray(array)


def _infer(model: Model[Any, Any], x: Spec | None, y: Spec | None) -> tuple[Spec, Spec]:
    x = fit(model, x or Spec(), Spec("tuple"))
    items = x.items if len(x.items) == 2 else (None, None)
    form = Spec("Ragged", 2, dtype="f")
    before, after = (form if spec is None else fit(model, spec, form) for spec in (items[0], y))
    known = same(model, before, after)[0] or form
    return Spec("tuple", items=[known, items[1]]), known
