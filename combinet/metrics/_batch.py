"""What metrics are given, as NumPy arrays that fit each other.

A batch is one array, or one array for each sequence: a list, or a Ragged. A mask has the shape
of the truths, or that without the last axis; what is false in it does not count.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import numpy as np

from ..errors import DataError, DTypeError, LabelError, ShapeError
from ..ops import NumpyOps
from ..types import Ragged

_CPU = NumpyOps()


def scores_and_labels(predictions: Any, truths: Any, mask: Any = None) -> tuple[Any, Any]:
    """Rows of scores (rows, classes) and a class number for each; what is masked is left out.

    Args:
        predictions: Scores (..., classes), or one such array for each sequence.
        truths: Class numbers (...), or one row of scores for each, as for one-hot labels.
        mask: (...): what is false there does not count, and its label may be anything.

    Raises:
        ShapeError: They do not fit each other.
        DTypeError: Something is no array of numbers, or the labels are no whole numbers.
        LabelError: A label is no class.
    """
    parts = list(_scored(predictions, truths, mask))
    if not parts:
        return np.zeros((0, 1)), np.zeros(0, dtype="int64")
    rows, labels = zip(*parts, strict=True)
    widths = {part.shape[-1] for part in rows}
    if len(widths) > 1:
        raise ShapeError("the sequences have different numbers of classes", widths=sorted(widths))
    scores, numbers = np.concatenate(rows), np.concatenate(labels)
    n = scores.shape[-1]
    if numbers.size and not (numbers.min() >= 0 and numbers.max() < n):
        wrong = int(numbers[(numbers < 0) | (numbers >= n)][0])
        raise LabelError(
            f"label {wrong} does not fit {n} classes, 0 to {n - 1}",
            fix="pass a mask that is false where a label is unknown",
        )
    return scores, numbers


def matched(predictions: Any, truths: Any, mask: Any = None) -> Iterator[tuple[Any, Any, Any]]:
    """(predictions, truths, mask) of equal shape, for the array or for each sequence.

    Raises:
        ShapeError: The shapes differ.
        DTypeError: Something is no array of numbers.
    """
    for given, wanted, counted in _parts(predictions, truths, mask):
        if given.shape != wanted.shape:
            raise _misfit(given, wanted)
        yield given, wanted, _checked_mask(counted, given.shape)


def kept(predictions: Any, truths: Any, mask: Any = None) -> tuple[Any, Any]:
    """Predictions and truths of equal shape, in one dimension and without what is masked."""
    parts = list(matched(predictions, truths, mask))
    given = [part[counted] for part, _, counted in parts]
    wanted = [part[counted] for _, part, counted in parts]
    if not parts:
        return np.zeros(0), np.zeros(0)
    return np.concatenate(given), np.concatenate(wanted)


def checked_probabilities(rows: Any) -> Any:
    """``rows``, which are to be logarithmized.

    Raises:
        DataError: They hold numbers outside 0 to 1.
    """
    if rows.size and not (rows.min() >= 0 and rows.max() <= 1 + 1e-5):
        raise DataError(
            "the predictions hold numbers outside 0 to 1",
            smallest=float(rows.min()),
            largest=float(rows.max()),
            fix="pass probabilities: end the model in Softmax()",
        )
    return rows


def sequences(data: Any) -> list[Any] | None:
    """The arrays of a list of sequences or of a Ragged; None for anything else."""
    if isinstance(data, Ragged):
        ends = np.cumsum(on_host(data.lengths))
        return np.split(on_host(data.dataXd), ends[:-1]) if len(ends) else []
    parts = as_list(data)
    if parts is not None and all(getattr(part, "ndim", 0) > 0 for part in parts):
        return [on_host(part) for part in parts]
    return None


def as_list(data: Any) -> list[Any] | None:
    """A list or tuple as a list; None for anything else."""
    return list(cast("list[Any]", data)) if isinstance(data, (list, tuple)) else None


def on_host(data: Any) -> Any:
    """``data`` as a NumPy array of numbers.

    Raises:
        DTypeError: It is none.
    """
    try:
        array = _CPU.to_numpy(data.dataXd if isinstance(data, Ragged) else data)
    except ValueError as error:  # lists of different lengths
        raise DTypeError(
            f"these lists are no array: {error}",
            fix="where the sequences have different lengths, pass a list of arrays for both",
        ) from error
    if array.dtype.kind not in "biuf":
        raise DTypeError(
            "a metric of numbers is given something else",
            got=f"{type(data).__name__} {array.dtype}",
        )
    return array


def _scored(predictions: Any, truths: Any, mask: Any) -> Iterator[tuple[Any, Any]]:
    for scores, labels, counted in _parts(predictions, truths, mask):
        if scores.ndim < 2 or scores.shape[-1] == 0:
            raise ShapeError("scores are rows, one number for each class", got=scores.shape)
        if labels.shape == scores.shape:
            labels = labels.argmax(axis=-1)
        if labels.shape != scores.shape[:-1]:
            raise _misfit(scores, labels)
        if labels.dtype.kind == "f" and labels.size:
            raise DTypeError("labels are whole numbers", got=labels.dtype)
        keep = _checked_mask(counted, labels.shape)
        yield scores[keep], labels[keep].astype("int64")


def _parts(predictions: Any, truths: Any, mask: Any) -> Iterator[tuple[Any, Any, Any]]:
    given = sequences(predictions)
    if given is None or (isinstance(predictions, Ragged) and hasattr(truths, "shape")):
        yield on_host(predictions), on_host(truths), None if mask is None else on_host(mask)
        return
    wanted, masks = _one_for_each(truths), _one_for_each(mask)
    masks = [None] * len(given) if mask is None else masks
    if not len(given) == len(wanted) == len(masks):
        raise ShapeError(
            f"{len(given)} sequences of predictions and {len(wanted)} of truths",
            masks=len(masks),
        )
    yield from zip(given, wanted, masks, strict=True)


def _one_for_each(data: Any) -> list[Any]:
    if data is None:
        return []
    parts = sequences(data)
    return [on_host(part) for part in data] if parts is None else parts


def _checked_mask(mask: Any, shape: tuple[int, ...]) -> Any:
    if mask is None:
        return np.ones(shape, dtype="bool")
    if mask.shape == shape[:-1]:
        mask = np.broadcast_to(mask[..., None], shape)
    if mask.shape != shape:
        raise ShapeError(
            "the mask has another shape than the truths", mask=mask.shape, truths=shape
        )
    return mask.astype("bool")


def _misfit(predictions: Any, truths: Any) -> ShapeError:
    rows = len(predictions) if predictions.ndim else 0
    labels = len(truths) if truths.ndim else 0
    return ShapeError(
        f"{rows} rows of predictions and {labels} labels"
        if rows != labels
        else "predictions and truths have different shapes",
        predictions=predictions.shape,
        truths=truths.shape,
    )
