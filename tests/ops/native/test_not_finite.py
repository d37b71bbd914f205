"""NaN is seen as NaN and infinity as infinity: what -ffast-math would compile away."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet.ops import Ops
from tests.ops.layouts import over_arrays, plain
from tests.ops.native.recording import NativeOps, in_float32
from tests.ops.native.scene import Scene
from tests.ops.native.scenes import SCENES
from tests.ops.native.test_numbers import in_float64
from tests.ops.row import Draw
from tests.ops.test_backends import flat

#: Which of several NaNs is the maximum is left open, and so is whether a saturated unit has a
#: gradient of 0 or next to nothing, which makes a difference to what it is multiplied by: of these
#: only the outputs are compared, so many of them.
OUTPUTS = {"maxima": 1, "maxout of the table": 1, "maxout": 2, "dense": 2, "lstm": 2, "gru": 4}
REFUSED = ("labels", "truths")  # an infinite guess is out of order, and there is no result
WIDTHS = (1, 7, 16, 33)


def spoiled(args: Any, number: float, place: int) -> Any:
    """One number of the first array of floats is ``number``."""
    left = iter([True])

    def spoil(array: Any) -> Any:
        array = plain(array)
        if array.dtype.kind == "f" and array.size and next(left, False):
            array.reshape(-1)[place % array.size] = number
        return array

    return over_arrays(spoil, args)


def kinds(array: Any) -> Any:
    """Of each number whether it is NaN, and the sign of an infinite one."""
    if array.dtype.kind != "f":
        return array
    infinite = np.where(np.isinf(array), np.sign(array), 0.0)
    return np.where(np.isnan(array), 2.0, infinite)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_what_is_not_finite_stands_where_the_reference_has_it(scene: Scene, number: float) -> None:
    family = scene.name.partition(" ")[0]
    if family in REFUSED and np.isinf(number):
        pytest.skip("an infinite guess is out of order")
    for width in WIDTHS:
        for place in (0, 5, 11):
            args = spoiled(in_float32(scene.make(Draw(), 9, width)), number, place)
            with np.errstate(all="ignore"):
                wanted = flat(scene.play(Ops(), *in_float64(args)))
                got = flat(scene.play(NativeOps(), *args))
            count = OUTPUTS.get(scene.name, OUTPUTS.get(family))
            pairs = list(zip(got, wanted, strict=True))[:count]
            for one, other in pairs:
                np.testing.assert_array_equal(kinds(one), kinds(other), f"{width=} {place=}")


def test_a_nan_is_the_maximum_of_its_sequence() -> None:
    X = np.zeros((20, 5), "float32")
    X[7, 3] = np.nan
    best, _ = NativeOps().reduce_max(X, np.asarray([4, 10, 6], dtype="int32"))
    assert np.isnan(best).tolist() == [[False] * 5, [False] * 3 + [True, False], [False] * 5]


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [0, 8, 17])
def test_a_step_writes_nothing_where_a_gradient_is_not_finite(number: float, place: int) -> None:
    for scene in SCENES:
        if not scene.name.startswith("step"):
            continue
        (table,) = in_float32(scene.make(Draw(), 9, 2))
        table.gradients[0].reshape(-1)[place] = number
        slots = (table.weights, table.gradients, table.mom1, table.mom2, table.averages)
        before = over_arrays(plain, slots), table.settings.copy()
        assert NativeOps().take_step(table) == 0
        after = table.weights, table.gradients, table.mom1, table.mom2, table.averages
        for one, other in zip(flat(list(before[0])), flat(list(after)), strict=True):
            np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(before[1], table.settings)
