"""The containers, known here and nowhere else: each turned into another kind, and back.

Every function returns the value in the wanted kind and ``restore``, which puts a result with
the same rows (or the same sequences) back into the kind that came in. Used on the outputs'
gradients too, they are each other's inverse.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from ..errors import DTypeError, ShapeError
from ..infer import Container
from ..ops import Ops
from ..types import Padded, Ragged

Restore: TypeAlias = Callable[[Any], Any]


def kind_of(seqs: Any) -> Container:
    """Which container this is.

    Raises:
        DTypeError: None that we know.
    """
    if isinstance(seqs, Ragged):
        return "Ragged"
    if isinstance(seqs, Padded):
        return "Padded"
    if isinstance(seqs, (list, tuple)):
        return "list"
    if hasattr(seqs, "dtype") and hasattr(seqs, "shape") and len(seqs.shape):
        return "array"
    raise DTypeError(
        f"sequences come as an array, a list of arrays, a Ragged or a Padded; "
        f"got {type(seqs).__name__}"
    )


def pack(ops: Ops, seqs: Any, pad: int = 0) -> tuple[Any, Restore]:
    """The rows of all sequences as one array.

    Args:
        pad: Rows of zeros between the items of a list, so that windows do not mix them.
    """
    kind = kind_of(seqs)
    if kind == "array":
        return seqs, _unchanged
    if kind == "Ragged":
        lengths = seqs.lengths
        return seqs.dataXd, lambda Y: Ragged(Y, lengths)
    if kind == "Padded":
        steps, columns = seqs.data.shape[:2]
        rows = seqs.data.reshape((steps * columns, *seqs.data.shape[2:]))
        return rows, lambda Y: _with_data(seqs, Y.reshape((steps, columns, *Y.shape[1:])))
    _check_items(seqs)
    sizes = [len(seq) for seq in seqs]
    ndim = seqs[0].ndim if seqs else 2
    dtype = seqs[0].dtype if seqs else None
    rows = ops.flatten(list(seqs), dtype=dtype, pad=pad, ndim_if_empty=ndim)
    return rows, lambda Y: ops.unflatten(Y, sizes, pad=pad)


def to_list(ops: Ops, seqs: Any) -> tuple[list[Any], Restore]:
    """One array a sequence."""
    kind = kind_of(seqs)
    if kind == "array":
        raise DTypeError(
            "one array does not say where its sequences end",
            fix="pass a list of arrays, a Ragged or a Padded",
        )
    if kind == "Ragged":
        lengths = seqs.lengths
        parts: list[Any] = list(ops.unflatten(seqs.dataXd, lengths))
        return parts, lambda Ys: Ragged(_joined(ops, Ys, seqs.dataXd, parts), lengths)
    if kind == "Padded":
        return list(ops.padded2list(seqs)), lambda Ys: _padded_like(ops, Ys, seqs)
    _check_items(seqs)
    return list(seqs), list


def to_ragged(ops: Ops, seqs: Any) -> tuple[Ragged, Restore]:
    """End to end, with lengths. A tuple is taken as (data, lengths)."""
    if isinstance(seqs, Ragged):
        return seqs, _unchanged
    if _is_parts(seqs, 2):
        return Ragged(*seqs), lambda Yr: (Yr.dataXd, Yr.lengths)
    if isinstance(seqs, Padded) and len(seqs) == 0:
        return _nothing_ragged(seqs)
    parts, restore = to_list(ops, seqs)
    rows = pack(ops, parts)[0]
    lengths = ops.asarray1i([len(part) for part in parts])
    return Ragged(rows, lengths), lambda Yr: restore(ops.unflatten(Yr.dataXd, Yr.lengths))


def to_padded(ops: Ops, seqs: Any) -> tuple[Padded, Restore]:
    """Side by side, time first.

    A tuple is taken as the four parts of a Padded, and a 3-d array as (steps, sequences, width)
    of equal lengths.
    """
    if isinstance(seqs, Padded):
        return seqs, _unchanged
    if _is_parts(seqs, 4):
        return Padded(*seqs), lambda Yp: (Yp.data, Yp.size_at_t, Yp.lengths, Yp.indices)
    if kind_of(seqs) == "array" and seqs.ndim == 3:
        steps, columns = seqs.shape[:2]
        even = ops.asarray1i([columns] * steps), ops.asarray1i([steps] * columns)
        return Padded(seqs, *even, ops.asarray1i(list(range(columns)))), lambda Yp: Yp.data
    if isinstance(seqs, Ragged) and len(seqs) == 0:
        return _nothing_padded(ops, seqs)
    parts, restore = to_list(ops, seqs)
    return ops.list2padded(parts), lambda Yp: restore(ops.padded2list(Yp))


def _nothing_ragged(Xp: Padded) -> tuple[Ragged, Restore]:
    """A Padded without sequences, which still knows how wide its rows are."""
    outer, row = Xp.data.shape[:2], Xp.data.shape[2:]
    nothing = Ragged(Xp.data.reshape((0, *row)), Xp.lengths)
    return nothing, lambda Yr: _with_data(Xp, Yr.data.reshape((*outer, *Yr.dataXd.shape[1:])))


def _nothing_padded(ops: Ops, Xr: Ragged) -> tuple[Padded, Restore]:
    """A Ragged without sequences, which still knows how wide its rows are."""
    lengths, row, none = Xr.lengths, Xr.dataXd.shape[1:], ops.alloc1i(0)
    nothing = Padded(Xr.dataXd.reshape((0, 0, *row)), none, none, none)
    return nothing, lambda Yp: Ragged(Yp.data.reshape((0, *Yp.data.shape[2:])), lengths)


def add_up(first: Any, second: Any) -> Any:
    """``first + second`` as a new value, of the container and the dtype of ``first``.

    Raises:
        ShapeError: The two have different shapes or lengths, or different numbers of items.
        DTypeError: They are different containers.
    """
    kind = kind_of(first)
    if kind != kind_of(second):
        raise DTypeError(
            f"values of two kinds cannot be added: {kind} and {kind_of(second)}",
            fix="give the layers that are added outputs of one kind",
        )
    if isinstance(first, Ragged):
        _check_lengths(first.lengths, second.lengths)
        return Ragged(add_up(first.dataXd, second.dataXd), first.lengths)
    if isinstance(first, Padded):
        _check_lengths(first.lengths, second.lengths)
        return _with_data(first, add_up(first.data, second.data))
    if kind == "list":
        if len(first) != len(second):
            raise ShapeError(f"{len(first)} items cannot be added to {len(second)}")
        return type(first)([add_up(a, b) for a, b in zip(first, second, strict=True)])
    if first.shape != second.shape:
        if len(first) == len(second) == 0 and 0 in (first.shape[-1], second.shape[-1]):
            return first if first.shape[-1] else second  # one is of no list: it has no width
        raise ShapeError(
            f"arrays of shapes {first.shape} and {second.shape} cannot be added",
            fix="give the layers that are added outputs of the same width",
        )
    is_cast = first.dtype.kind == "f" and second.dtype != first.dtype
    return first + (second.astype(first.dtype) if is_cast else second)


def _check_lengths(first: Any, second: Any) -> None:
    """Rows are added in their places: these must belong to the same sequences."""
    if first is not second and not (first.shape == second.shape and bool((first == second).all())):
        raise ShapeError(
            "sequences of different lengths cannot be added",
            first=first.tolist(),
            second=second.tolist(),
        )


def _is_parts(seqs: Any, count: int) -> bool:
    """Whether it is the parts of a container, not sequences: all but the first are 1-d ints."""
    if kind_of(seqs) != "list" or isinstance(seqs, list) or len(seqs) != count:
        return False
    return all(
        hasattr(part, "dtype") and part.ndim == 1 and part.dtype.kind in "iu" for part in seqs[1:]
    )


def _unchanged(Y: Any) -> Any:
    return Y


def _joined(ops: Ops, parts: list[Any], like: Any, came: list[Any]) -> Any:
    """``parts`` end to end, each as long as the one that came."""
    _check_unchanged([len(part) for part in came], [len(part) for part in parts])
    dtype = parts[0].dtype if parts else like.dtype
    ndim = parts[0].ndim if parts else like.ndim
    return ops.flatten(parts, dtype=dtype, ndim_if_empty=ndim)


def _with_data(padded: Padded, data: Any) -> Padded:
    return Padded(data, padded.size_at_t, padded.lengths, padded.indices)


def _padded_like(ops: Ops, parts: list[Any], padded: Padded) -> Padded:
    """``parts``, in the order of the list, in the columns that ``padded`` has them in."""
    lengths, columns = ops.to_numpy(padded.lengths).tolist(), ops.to_numpy(padded.indices).tolist()
    came = [lengths[columns.index(i)] for i in range(len(columns))]
    went = [len(part) for part in parts]
    _check_unchanged(came, went)
    row, dtype = (parts[0].shape[1:], parts[0].dtype) if parts else ((0,), "float32")
    data: Any = ops.alloc((*padded.data.shape[:2], *row), dtype=dtype)
    for column, index in enumerate(columns):
        data[: lengths[column], column] = parts[index]
    return _with_data(padded, data)


def _check_unchanged(came: list[int], went: list[int]) -> None:
    if came != went:
        raise ShapeError("the sequences changed their lengths on the way", came=came, went=went)


def _check_items(seqs: Any) -> None:
    for i, seq in enumerate(seqs):
        if not (hasattr(seq, "dtype") and hasattr(seq, "ndim")):
            raise DTypeError(
                f"item {i} of the list is no array but {type(seq).__name__}",
                fix="strings2arrays() makes arrays of words; model.ops.asarray2f(X) of numbers",
            )
