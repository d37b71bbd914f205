"""NumPy's arrays are accepted where layers take arrays."""

from typing import Any, assert_type

import numpy as np
import numpy.typing as npt

from combinet import Linear, Model
from combinet.types import Floats1d, Floats2d, FloatsXd, Ints1d, Ints2d, Padded, Ragged


def takes_rows(X: Floats2d) -> None: ...
def takes_floats(X: FloatsXd) -> None: ...
def takes_ids(X: Ints1d) -> None: ...


rows = np.zeros((8, 4))
rows32 = np.zeros((8, 4), dtype=np.float32)
ids = np.zeros(8, dtype=np.int64)

takes_rows(rows)
takes_rows(rows32)
takes_rows(rows32[:3])
takes_ids(ids)
takes_floats(rows)
takes_floats(np.zeros(3))


def of_known_rank(X: Floats2d, x: Floats1d) -> None:
    takes_floats(X)
    takes_floats(x)


def of_any_rank(X: npt.NDArray[np.float32]) -> None:
    takes_floats(X)


model = Linear(3, 4)
assert_type(model, Model[Floats2d, Floats2d])
assert_type(model.predict(rows32), Floats2d)
Y, backprop = model.begin_update(rows32)
assert_type(Y, Floats2d)
assert_type(backprop(Y), Floats2d)
assert_type(model.initialize(X=rows32, Y=rows), Model[Floats2d, Floats2d])
assert_type(model.copy(), Model[Floats2d, Floats2d])
assert_type(model.to_dtype("float64"), Model[Floats2d, Floats2d])

ragged = Ragged(rows32, np.array([3, 5], dtype=np.int32))
assert_type(ragged[0], Ragged)
assert_type(Ragged(rows32, [3, 5]).lengths, Ints1d)


def of_padded(Xp: Padded) -> None:
    assert_type(Xp[1:], Padded)
    assert_type(Xp.lengths, Ints1d)


def of_two(X: Ints2d) -> None:
    anything: Any = X
    takes_rows(anything)
