"""Matrix products and the sums that gather gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from combinet.errors import DTypeError, ShapeError
from combinet.ops import NumpyOps, Ops


@pytest.fixture(params=[Ops, NumpyOps])
def ops(request: pytest.FixtureRequest) -> Ops:
    made: Ops = request.param()
    return made


def floats(*shape: int) -> Any:
    return np.random.default_rng(0).standard_normal(shape).astype("float32")


@pytest.mark.parametrize("trans1", [False, True])
@pytest.mark.parametrize("trans2", [False, True])
def test_gemm_multiplies_what_it_is_told_to_transpose(ops: Ops, trans1: bool, trans2: bool) -> None:
    x, y = floats(4, 3), floats(3, 5)
    got = ops.gemm(
        x.T.copy() if trans1 else x, y.T.copy() if trans2 else y, trans1=trans1, trans2=trans2
    )
    np.testing.assert_allclose(got, (torch.tensor(x) @ torch.tensor(y)).numpy(), rtol=1e-5)


def test_gemm_writes_to_out_and_returns_it(ops: Ops) -> None:
    out = np.full((2, 2), 9.0)
    assert ops.gemm(np.eye(2), np.eye(2), out=out) is out
    np.testing.assert_array_equal(out, np.eye(2))


def test_a_product_over_nothing_is_zero(ops: Ops) -> None:
    assert ops.gemm(floats(2, 0), floats(0, 3)).tolist() == [[0] * 3] * 2


def test_affine_is_torch_linear(ops: Ops) -> None:
    X, W, b = floats(6, 4), floats(3, 4), floats(3)
    wanted = torch.nn.functional.linear(*map(torch.tensor, (X, W, b)))
    np.testing.assert_allclose(ops.affine(X, W, b), wanted.numpy(), rtol=1e-5, atol=1e-6)


def test_add_gemm_adds_into_a_view_in_place(ops: Ops) -> None:
    whole = np.ones((2, 3, 4))
    dY, X = np.ones((5, 6)), np.ones((5, 4))
    ops.add_gemm(whole.reshape(6, 4), dY, X, trans1=True)
    np.testing.assert_array_equal(whole, np.full((2, 3, 4), 6.0))


def test_add_sum_rows_adds_to_what_is_there(ops: Ops) -> None:
    out = np.ones(2)
    assert ops.add_sum_rows(out, np.asarray([[1.0, 2.0], [3.0, 4.0]])) is out
    assert out.tolist() == [5.0, 7.0]


def test_inner_sizes_that_differ_are_named(ops: Ops) -> None:
    with pytest.raises(ShapeError, match="got 4 and 3"):
        ops.gemm(floats(2, 4), floats(3, 2))


def test_an_out_of_the_wrong_shape_is_refused(ops: Ops) -> None:
    with pytest.raises(ShapeError, match=r"product is float32 \(2, 2\)"):
        ops.gemm(floats(2, 4), floats(4, 2), out=floats(2, 3))
    with pytest.raises(ShapeError, match="sum of rows"):
        ops.add_sum_rows(floats(3), floats(2, 4))
    with pytest.raises(ShapeError, match="bias"):
        ops.affine(floats(2, 4), floats(3, 4), floats(4))


def test_two_types_are_refused_rather_than_promoted(ops: Ops) -> None:
    with pytest.raises(DTypeError, match="one type"):
        ops.gemm(floats(2, 2), np.eye(2))


def test_what_is_no_matrix_is_refused(ops: Ops) -> None:
    with pytest.raises(ShapeError, match="two dimensions"):
        ops.gemm(floats(2), floats(2, 2))
    with pytest.raises(DTypeError, match="two dimensions"):
        ops.gemm([[1.0]], floats(1, 2))  # type: ignore[arg-type]
