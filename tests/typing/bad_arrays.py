"""Wrong ranks and kinds are refused: each line marked E fails on both checkers."""

import numpy as np

from combinet import Linear
from combinet.types import Floats1d, Floats2d, Floats3d, Ints1d, Ints2d, Ragged


def takes_rows(X: Floats2d) -> None: ...
def takes_ids(X: Ints1d) -> None: ...


# Each in a variable: given in place, mypy takes np.zeros(8) for an array of any rank.
vector, rows, cube = np.zeros(8), np.zeros((8, 4)), np.zeros((2, 8, 4))
ids = np.zeros((8, 4), dtype=np.int64)
takes_rows(vector)  # E
takes_rows(cube)  # E
takes_rows(ids)  # E
takes_ids(rows)  # E
takes_ids(vector)  # E
takes_rows([[1.0, 2.0]])  # E

model = Linear(3, 4)
model.predict(vector)  # E
model.predict([rows])  # E
model.predict(Ragged(rows, [8]))  # E
model.begin_update(cube)  # E
model(rows)  # E
model.initialize(X=[rows])  # E
Linear("3")  # E
Linear(3, 4, init=None)  # E


def between_aliases(x: Floats1d, X: Floats3d, ids: Ints2d) -> None:
    takes_rows(x)  # E
    takes_rows(X)  # E
    takes_rows(ids)  # E
    takes_ids(ids)  # E
