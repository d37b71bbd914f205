"""What a kernel gives, against the reference in float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from combinet.ops import Ops
from combinet.ops._native import kernels
from combinet.ops.native import NativeOps
from tests.ops.layouts import over_arrays, plain
from tests.ops.native.recording import arrays_in, recording

#: Every remainder of a vector of 16, around one and around many.
SIZES = [*range(35), 63, 100, 255, 300]


def floats(*shape: int, seed: int = 0, scale: float = 1.0) -> Any:
    rng = np.random.default_rng([seed, *shape])
    return (rng.standard_normal(shape) * scale).astype("float32")


def lengths_of(rows: int, seed: int = 0) -> Any:
    """Of some sequences that have ``rows`` rows together, a few of them none."""
    cuts = np.random.default_rng(seed).integers(0, rows + 1, 6)
    return np.diff([0, *np.sort(cuts), rows]).astype("int32")


def both(op: str, *args: Any, **kwargs: Any) -> tuple[list[Any], list[Any]]:
    """What the op returns and what is in its arguments afterwards: native, and in float64.

    Fails unless a kernel did the work.
    """

    def widened(array: Any) -> Any:
        return array.astype("float64") if array.dtype.kind == "f" else array.copy()

    mine, wide = over_arrays(plain, args), over_arrays(widened, args)
    with recording() as calls:
        got = getattr(NativeOps(), op)(*mine, **kwargs)
    assert [call.served for call in calls] == [True], f"{op} was not served: {calls}"
    wanted = getattr(Ops(), op)(*wide, **kwargs)
    return arrays_in((got, mine)), arrays_in((wanted, wide))


def assert_agrees(op: str, *args: Any, atol: float = 1e-5, **kwargs: Any) -> None:
    got, wanted = both(op, *args, **kwargs)
    for one, other in zip(got, wanted, strict=True):
        assert one.shape == other.shape
        if other.dtype.kind != "f":
            np.testing.assert_array_equal(one, other)
            continue
        assert one.dtype == "float32"
        scale = max(1.0, float(np.abs(other[np.isfinite(other)]).max(initial=0.0)))
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=atol * scale)


def assert_declines(op: str, *args: Any, **kwargs: Any) -> None:
    """The kernel leaves it to the reference, which does what it does."""
    with recording() as calls:
        got = getattr(NativeOps(), op)(*args, **kwargs)
    assert not any(call.served for call in calls)
    for one, other in zip(
        arrays_in(got), arrays_in(getattr(Ops(), op)(*args, **kwargs)), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def assert_the_same_on_any_number_of_threads(run: Callable[[], Any]) -> None:
    results: list[list[Any]] = []
    before = kernels.get_num_threads()
    try:
        for count in (1, 2, 5):
            kernels.set_num_threads(count)
            results.append(arrays_in(run()))
    finally:
        kernels.set_num_threads(before)
    for other in results[1:]:
        for one, same in zip(results[0], other, strict=True):
            np.testing.assert_array_equal(one, same)
