"""Every backend gives what the reference gives in float64, for every layout of its input."""

from __future__ import annotations

import inspect
import math
from itertools import product
from typing import Any

import numpy as np
import pytest

from combinet.ops import CupyOps, NumpyOps, Ops
from combinet.ops._native import kernels
from combinet.ops.step_table import StepTable, T
from combinet.types import Padded, SizedGenerator
from tests.ops.cupy_proxy import Array, CupyStandIn
from tests.ops.layouts import LAYOUTS, over_arrays
from tests.ops.row import Draw, Row
from tests.ops.table import TABLE

BACKENDS = {"reference": Ops, "numpy": NumpyOps, "stand-in": CupyStandIn}
if kernels is not None:
    from combinet.ops.native import NativeOps

    BACKENDS["native"] = NativeOps
TOLERANCES = {"float16": 1e-2, "float32": 1e-5, "float64": 1e-13}
NAMES = sorted(name for name in dir(Ops) if not name.startswith("_"))
OPS = [name for name in NAMES if callable(getattr(Ops, name)) and name != "cblas"]


def flat(result: Any) -> list[Any]:
    """The arrays and numbers in a result, on the host."""
    if hasattr(result, "get") and hasattr(result, "strides"):
        return [result.get()]
    if isinstance(result, Padded):
        return flat((result.data, result.size_at_t, result.lengths, result.indices))
    if isinstance(result, list | tuple | SizedGenerator):
        return [array for item in result for array in flat(item)]
    if isinstance(result, StepTable):
        slots = result.weights, result.gradients, result.mom1, result.mom2, result.averages
        return flat([*slots, result.settings[:, T].astype("int64")])
    return [] if result is None else [np.asarray(result)]


def call(ops: Ops, row: Row, args: Any) -> list[Any]:
    """What the op returns, and what it wrote."""
    named = args[-1] if args and isinstance(args[-1], dict) else {}
    result = getattr(ops, row.op)(*args[: len(args) - bool(named)], **dict(row.kwargs), **named)
    return flat(result) + flat([args[i] for i in row.writes])


def with_dtype(args: Any, dtype: str) -> Any:
    def cast(array: Any) -> Any:
        return array.astype(dtype) if array.dtype.kind == "f" else array

    return over_arrays(cast, args)


def locked(args: Any, row: Row) -> Any:
    """``args``, read-only but for those that the op is there to write."""

    def lock(array: Any) -> Any:
        array.flags.writeable = False
        return array

    return tuple(arg if i in row.writes else over_arrays(lock, arg) for i, arg in enumerate(args))


def assert_agrees(got: list[Any], wanted: list[Any], dtype: str, row: Row, case: str) -> None:
    assert len(got) == len(wanted), case
    for one, other in zip(got, wanted, strict=True):
        assert one.shape == other.shape, case
        if other.dtype.kind != "f":
            assert one.dtype == other.dtype or "long_ints" in case, case
            np.testing.assert_array_equal(one, other, case)
            continue
        if row.keeps_dtype:
            assert one.dtype == dtype, case
        scale = max(1.0, float(np.abs(other).max(initial=0.0)))
        tolerance = TOLERANCES[dtype]
        np.testing.assert_allclose(one, other, tolerance, tolerance * scale, err_msg=case)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("row", TABLE, ids=str)
def test_backend_agrees_with_the_reference(row: Row, backend: str, dtype: str) -> None:
    if row.op == "take_step" and backend == "stand-in":
        pytest.skip("rules of optimizers rely on NumPy's dispatch, which the stand-in has not")
    ops = BACKENDS[backend]()
    for rows, layout in product((7, 1, 0), LAYOUTS):
        given = with_dtype(row.make(Draw(), rows), dtype)
        wanted = call(Ops(), row, with_dtype(given, "float64"))
        laid_out = locked(over_arrays(LAYOUTS[layout], given), row)
        if backend == "stand-in":
            laid_out = over_arrays(Array, laid_out)
        got = call(ops, row, laid_out)
        assert_agrees(got, wanted, dtype, row, f"{rows} rows, {layout}")


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_half_precision_stays_half_and_agrees(row: Row) -> None:
    if row.op in {"erf", "dish", "backprop_dish"}:
        pytest.skip("its intermediate results are too large for half precision")
    given = with_dtype(row.make(Draw(), 7), "float16")
    wanted = call(Ops(), row, with_dtype(given, "float64"))
    assert_agrees(call(NumpyOps(), row, given), wanted, "float16", row, "7 rows")


@pytest.mark.parametrize("name", OPS)
def test_every_op_has_a_row_in_the_table(name: str) -> None:
    assert name in {row.op for row in TABLE}


@pytest.mark.parametrize("backend", [NumpyOps, CupyOps])
def test_a_backend_has_no_public_name_that_the_reference_lacks(backend: type[Ops]) -> None:
    names = {name for name in dir(backend()) if not name.startswith("_")}
    assert names == {name for name in dir(Ops()) if not name.startswith("_")}


@pytest.mark.parametrize("backend", [NumpyOps, CupyOps])
@pytest.mark.parametrize("name", OPS)
def test_an_override_has_the_signature_of_the_reference(backend: type[Ops], name: str) -> None:
    override, reference = getattr(backend, name), getattr(Ops, name)
    assert inspect.signature(override) == inspect.signature(reference)


def test_the_stand_in_refuses_to_be_mixed_with_numpy() -> None:
    array = CupyStandIn().alloc1f(3)
    with pytest.raises(TypeError, match="Unsupported"):
        array + np.ones(3)
    with pytest.raises(TypeError, match="Implicit conversion"):
        np.asarray(array)


def test_the_stand_in_offers_no_name_that_cupy_lacks() -> None:
    xp = CupyStandIn().xp
    with pytest.raises(AttributeError):
        xp.add_newdoc()
    with pytest.raises(NotImplementedError):
        xp.maximum.reduceat(xp.zeros(3), [0])
    assert math.isclose(float(xp.exp(xp.zeros(()))), 1.0)
