"""Kernels give what the reference gives in float64, at every size and layout."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from combinet.ops import Ops
from tests.ops.layouts import fortran, negative_stride, over_arrays, plain, strided
from tests.ops.native.recording import Call, NativeOps, in_float32, kernels, recording
from tests.ops.native.scene import Scene
from tests.ops.native.scenes import SCENES
from tests.ops.row import Draw
from tests.ops.test_backends import flat

TOLERANCE = 1e-5  # of the sum of absolute products


def at_offset(array: Any, offset: int) -> Any:
    """The same numbers, ``offset`` bytes behind an address that 64 divides."""
    memory = np.zeros(array.nbytes + 128, dtype="uint8")
    start = -memory.ctypes.data % 64 + offset
    there = memory[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
    there[...] = array
    return there


def as_kind(array: Any, dtype: str) -> Any:
    return array.astype(dtype) if array.dtype.kind == "f" else array


def in_float64(args: Any) -> Any:
    return over_arrays(lambda array: plain(as_kind(array, "float64")), args)


def absolute(args: Any) -> Any:
    return over_arrays(lambda array: abs(array) if array.dtype.kind == "f" else array, args)


def assert_close(scene: Scene, given: Any, got: list[Any]) -> None:
    """``got`` is what the reference gives for the numbers in ``given``."""
    wanted = flat(scene.play(Ops(), *in_float64(given)))
    if scene.linear:
        scales = flat(scene.play(Ops(), *absolute(in_float64(given))))
    else:
        scales = [np.maximum(abs(array).max(initial=1.0), 1.0) for array in wanted]
    assert len(got) == len(wanted)
    for one, other, scale in zip(got, wanted, scales, strict=True):
        assert one.shape == other.shape
        if other.dtype.kind != "f":
            np.testing.assert_array_equal(one, other)
        else:
            wrong = abs(one - other) > TOLERANCE * abs(scale) + 1e-30
            assert not wrong.any(), (one[wrong][:5], other[wrong][:5])


def play(scene: Scene, args: Any) -> tuple[list[Any], list[Call]]:
    with recording() as calls:
        return flat(scene.play(NativeOps(), *args)), calls


@pytest.mark.parametrize("scene", SCENES, ids=str)
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(n=st.integers(0, 300), width=st.integers(1, 70), seed=st.integers(0, 99))
def test_kernels_agree_with_the_reference(scene: Scene, n: int, width: int, seed: int) -> None:
    args = in_float32(scene.make(Draw(seed), n, width))
    before = over_arrays(plain, args)
    got, calls = play(scene, args)
    assert_close(scene, before, got)
    assert n == 0 or all(call.served for call in calls), [c.entry for c in calls if not c.served]


@pytest.mark.slow
@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_kernels_agree_with_the_reference_at_all_sizes(scene: Scene) -> None:
    for n in range(301):
        for width in (1 + n % 67, 300 - n):
            args = in_float32(scene.make(Draw(n), n, max(width, 1)))
            before = over_arrays(plain, args)
            assert_close(scene, before, play(scene, args)[0])


@pytest.mark.parametrize("rest", range(17))
@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_what_is_left_over_by_vectors_is_done(scene: Scene, rest: int) -> None:
    args = in_float32(scene.make(Draw(rest), 32 + rest, 17 + rest))
    before = over_arrays(plain, args)
    assert_close(scene, before, play(scene, args)[0])


@pytest.mark.parametrize("offset", [4, 8, 20, 60])
@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_arrays_at_any_aligned_address_are_served(scene: Scene, offset: int) -> None:
    args = in_float32(scene.make(Draw(), 37, 19))

    def there(array: Any) -> Any:
        return at_offset(array, offset - offset % array.itemsize)

    got, calls = play(scene, over_arrays(there, args))
    assert_close(scene, args, got)
    assert all(call.served for call in calls)


def locked(array: Any) -> Any:
    array = plain(array)
    array.flags.writeable = False
    return array


ODD = {
    "off by a byte": lambda array: at_offset(array, 1),
    "strided": strided,
    "negative stride": negative_stride,
    "fortran": fortran,
}


@pytest.mark.parametrize("layout", ODD)
@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_any_layout_gives_the_same(scene: Scene, layout: str) -> None:
    args = in_float32(scene.make(Draw(), 37, 19))
    odd = over_arrays(lambda array: ODD[layout](array) if array.ndim else array, args)
    got, _ = play(scene, odd)
    assert_close(scene, args, [np.asarray(array, array.dtype.newbyteorder("=")) for array in got])


@pytest.mark.parametrize("scene", SCENES, ids=str)
@pytest.mark.parametrize("dtype", ["float64", "float16"])
def test_other_types_are_left_to_the_reference(scene: Scene, dtype: str) -> None:
    args = over_arrays(lambda a: as_kind(a, dtype), in_float32(scene.make(Draw(), 11, 5)))
    copies = over_arrays(plain, args)
    with np.errstate(all="ignore"):  # half precision overflows
        got, calls = play(scene, args)
        wanted = flat(scene.play(Ops(), *copies))
    assert not any(
        call.served and call.entry != "hash_rows" for call in calls
    )  # which has no floats
    for one, other in zip(got, wanted, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == other.dtype


def test_what_only_is_read_may_be_read_only() -> None:
    ops, d = NativeOps(), Draw()
    X, W, b = (locked(a.astype("float32")) for a in (d.floats(9, 5), d.floats(7, 5), d.floats(7)))
    with recording() as calls:
        ops.affine(X, W, b)
    assert [call.served for call in calls] == [True]
    assert kernels.add_sum_rows(b, W.T.copy()) is None
