"""Matrix products by every way there is through them: few rows, few columns, deep ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.ops.native.agreement import assert_the_same_on_any_number_of_threads, floats
from tests.ops.native.recording import kernels

#: More than a block of the depth, which is added to what the one before gave.
DEPTHS = (1, 3, 15, 16, 17, 64, 129, 385, 800)


def product(M: int, N: int, K: int, trans1: bool, trans2: bool, add: bool) -> Any:
    """(got, wanted, sum of absolute products)."""
    x, y, out = floats(M, K, seed=1), floats(K, N, seed=2), floats(M, N, seed=3)
    wide = [array.astype("float64") for array in (x, y, out)]
    wanted = wide[0] @ wide[1] + (wide[2] if add else 0)
    scale = abs(wide[0]) @ abs(wide[1]) + abs(wide[2])
    x, y = (np.ascontiguousarray(a.T) if t else a for a, t in ((x, trans1), (y, trans2)))
    got = kernels.gemm(x, y, out, trans1, trans2, add)
    assert got is out
    return got, wanted, scale


@pytest.mark.parametrize("K", DEPTHS)
@pytest.mark.parametrize("N", [1, 2, 3, 4, 7, 8, 13, 16, 17, 31, 32, 33, 130])
@pytest.mark.parametrize("trans1", [False, True])
@pytest.mark.parametrize("trans2", [False, True])
def test_products_of_any_shape_agree_with_float64(
    N: int, K: int, trans1: bool, trans2: bool
) -> None:
    for M in (1, 5, 8, 13, 14, 15, 37):
        for add in (False, True):
            got, wanted, scale = product(M, N, K, trans1, trans2, add)
            assert (abs(got - wanted) <= 1e-5 * scale).all(), (M, add)


@pytest.mark.parametrize("shape", [(5000, 3, 70), (1000, 10, 300), (1000, 40, 300), (9, 900, 300)])
def test_a_narrow_product_is_the_same_on_any_number_of_threads(
    shape: tuple[int, int, int],
) -> None:
    M, N, K = shape
    x, W, b = floats(M, K), floats(N, K), floats(N)
    assert_the_same_on_any_number_of_threads(lambda: kernels.affine(x, W, b))


@pytest.mark.parametrize("beyond", [np.nan, np.inf])
def test_what_lies_beside_a_row_does_not_get_into_its_dots(beyond: float) -> None:
    """The last numbers of a row are read in one vector with some that were used already."""
    x, W = floats(20, 21), floats(3, 21)
    x[4, :5] = beyond
    got = kernels.gemm(x, W, None, False, True, False)
    rest = np.delete(np.arange(20), 4)
    np.testing.assert_allclose(got[rest], x[rest] @ W.T, rtol=1e-5, atol=1e-5)
    assert not np.isfinite(got[4]).any()
