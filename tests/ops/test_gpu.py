"""The table of ops on a GPU, where there is one."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest

from combinet.ops import CupyOps, Ops
from tests.ops.layouts import LAYOUTS, over_arrays
from tests.ops.row import Draw, Row
from tests.ops.table import TABLE
from tests.ops.test_backends import assert_agrees, call, with_dtype


def _why_not() -> str:
    if importlib.util.find_spec("cupy") is None:
        return "CuPy is not installed"
    import cupy

    return "" if cupy.cuda.is_available() else "CuPy finds no GPU"


if _why_not():
    pytest.skip(_why_not(), allow_module_level=True)

pytestmark = pytest.mark.gpu


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("row", TABLE, ids=str)
def test_cupy_agrees_with_the_reference(row: Row, dtype: str) -> None:
    ops = CupyOps()

    def to_gpu(array: Any) -> Any:
        return ops.xp.asarray(array)

    for rows in (7, 1, 0):
        given = with_dtype(row.make(Draw(), rows), dtype)
        wanted = call(Ops(), row, with_dtype(given, "float64"))
        got = call(ops, row, over_arrays(to_gpu, over_arrays(LAYOUTS["plain"], given)))
        assert_agrees(got, wanted, dtype, row, f"{rows} rows")
