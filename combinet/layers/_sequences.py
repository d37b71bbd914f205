"""What the layers share that look along sequences: any container in, the same one out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from ..combinators._pack import Restore, to_ragged
from ..combinators._specs import moved
from ..infer import Spec, fit, meet, mirror, same
from ..model import Model
from ..ops import Ops
from ..types import Floats2d, FloatsXd, Ints1d, Ragged
from ._inputs import as_gradient, as_rows

#: What is known of the rows that go in and of those that come out.
RowRule: TypeAlias = Callable[[Spec | None, Spec | None], tuple[Spec | None, Spec | None]]


class Sequences:
    """The rows of a list, a Ragged or a Padded, end to end, and the way back.

    Args:
        like: A parameter whose last axis is as wide as a row; rows are cast to its dtype.

    Raises:
        DTypeError: It is none of these, or its arrays are not of floats.
        ShapeError: The rows are of another width than the parameter.
    """

    __slots__ = ("_model", "_restore", "lengths", "rows")

    def __init__(self, model: Model[Any, Any], Xs: Any, like: FloatsXd | None = None) -> None:
        inside: Ragged
        self._restore: Restore
        inside, self._restore = to_ragged(model.ops, Xs)
        self._model = model
        self.rows: Floats2d = as_rows(model, inside.data, like)
        self.lengths: Ints1d = inside.lengths

    def restore(self, Y: Floats2d) -> Any:
        """Rows in the places of ours, in the container that came in."""
        return self._restore(Ragged(Y, self.lengths))

    def gradient(self, dYs: Any, Y: Floats2d) -> Any:
        """The rows of ``dYs``, the gradient of what ``restore(Y)`` gave.

        Raises:
            BackpropError: It does not fit ``Y``.
        """
        dYr, _ = to_ragged(self._model.ops, dYs)
        return as_gradient(self._model, dYr.data, Y)


def positions_of(ops: Ops, lengths: Ints1d) -> Ints1d:
    """The place of each row in its own sequence: 0, 1, 2, ..., 0, 1, ..."""
    host = ops.to_numpy(lengths).astype("int64")
    starts = np.repeat(np.cumsum(host) - host, host)
    return ops.asarray1i(np.arange(len(starts)) - starts, dtype="int64")


def infer_inside(
    model: Model[Any, Any], x: Spec | None, y: Spec | None, rule: RowRule
) -> tuple[Spec | None, Spec | None]:
    """Apply a rule of rows to sequences, whatever container they come in.

    Raises:
        DTypeError: A neighbour has one array, which does not say where its sequences end.
    """
    outside: Any = x.container if x is not None else None
    if outside is None and y is not None:
        outside = y.container
    if outside == "array":
        fit(model, x if x and x.container else y or Spec(), Spec("Ragged"))
    row = Spec("array", 2, dtype="f")
    ends = [fit(model, moved(spec, "array") or Spec(), row) for spec in (x, y)]
    x_rows, y_rows = rule(ends[0], ends[1])
    return x if outside == "tuple" else moved(x_rows, outside), moved(y_rows, outside)


def infer_rows(
    model: Model[Any, Any], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    """Sequences of rows, nI wide -> sequences of rows, nO wide."""
    return infer_inside(
        model, x, y, lambda x_rows, y_rows: (meet(model, "nI", x_rows), meet(model, "nO", y_rows))
    )


def infer_same_rows(
    model: Model[Any, Any], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    """Sequences of rows, nO wide -> the like."""

    def rule(x_rows: Spec | None, y_rows: Spec | None) -> tuple[Spec | None, Spec | None]:
        known, _ = same(model, mirror(model, "nO", x_rows), mirror(model, "nO", y_rows))
        known = mirror(model, "nO", known)
        return known, known

    return infer_inside(model, x, y, rule)
