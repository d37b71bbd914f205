from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch

from combinet.errors import BackpropError
from combinet.ops import Ops
from tests.ops.cupy_proxy import CupyStandIn


@dataclass(frozen=True)
class Case:
    """An activation, what torch calls it, and what its backprop takes after ``dY``."""

    name: str
    torch: Callable[[Any], Any]
    takes: str = "X"
    options: tuple[float, ...] = ()

    def forward(self, ops: Ops, X: Any, **kwargs: Any) -> Any:
        return getattr(ops, self.name)(X, *self.options, **kwargs)

    def backprop(self, ops: Ops, dY: Any, X: Any, Y: Any, **kwargs: Any) -> Any:
        seen = [{"X": X, "Y": Y}[letter] for letter in self.takes]
        return getattr(ops, f"backprop_{self.name}")(dY, *seen, *self.options, **kwargs)


def _clipped(slope: float, offset: float, low: float, high: float) -> Callable[[Any], Any]:
    return lambda x: torch.clamp(slope * x + offset, low, high)


functional = torch.nn.functional
CASES = [
    Case("relu", torch.relu, "Y"),
    Case("sigmoid", torch.sigmoid, "Y"),
    Case("clipped_linear", _clipped(1.0, 0.0, 0.0, 1.0)),
    Case("clipped_linear", _clipped(0.7, 0.1, -2.0, 1.5), options=(0.7, 0.1, -2.0, 1.5)),
    Case("clipped_linear", _clipped(-0.7, 0.1, -2.0, 1.5), options=(-0.7, 0.1, -2.0, 1.5)),
    Case("relu_k", functional.relu6),
    Case("relu_k", _clipped(1.0, 0.0, 0.0, 2.0), options=(2.0,)),
    Case("hard_sigmoid", _clipped(0.2, 0.5, 0.0, 1.0)),
    Case("hard_tanh", functional.hardtanh),
    Case("swish", functional.silu, "XY"),
    Case("hard_swish", lambda x: x * torch.clamp(0.2 * x + 0.5, 0, 1)),
    Case("hard_swish_mobilenet", functional.hardswish),
    Case("dish", lambda x: 0.5 * x * (x / torch.sqrt(1 + x * x) + 1)),
    Case("gelu", functional.gelu),
    Case("gelu_approx", lambda x: functional.gelu(x, approximate="tanh")),
    Case("mish", functional.mish),
    Case("mish", lambda x: torch.where(x >= 1, x, functional.mish(x)), options=(1.0,)),
]
each = pytest.mark.parametrize(
    "case", CASES, ids=lambda c: "-".join(map(str, (c.name, *c.options)))
)
TOLERANCE = {"float64": {"rtol": 1e-10, "atol": 1e-14}, "float32": {"rtol": 1e-5, "atol": 1e-6}}
both_types = pytest.mark.parametrize("dtype", TOLERANCE)

ops = Ops()


def _sample(dtype: str = "float64", shape: tuple[int, ...] = (40, 30)) -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=shape) * 4
    return X.astype(dtype), rng.normal(size=shape).astype(dtype)


@each
@both_types
def test_forward_agrees_with_torch(case: Case, dtype: str) -> None:
    X, _ = _sample(dtype)
    Y = case.forward(ops, X)
    assert Y.dtype == dtype
    wanted = case.torch(torch.from_numpy(X.astype("float64"))).numpy()
    np.testing.assert_allclose(Y, wanted, **TOLERANCE[dtype])


@each
@both_types
def test_backward_agrees_with_torch(case: Case, dtype: str) -> None:
    X, dY = _sample(dtype)
    dX = case.backprop(ops, dY, X, case.forward(ops, X))
    assert dX.dtype == dtype
    x = torch.from_numpy(X.astype("float64")).requires_grad_()
    case.torch(x).backward(torch.from_numpy(dY.astype("float64")))
    assert x.grad is not None
    np.testing.assert_allclose(dX, x.grad.numpy(), **TOLERANCE[dtype])


@each
@pytest.mark.parametrize("view", [np.s_[::-1, ::2], np.s_[3:20:5, ::-3], np.s_[0:0], np.s_[7]])
def test_views_give_what_their_copies_give(case: Case, view: Any) -> None:
    X, dY = (array[view] for array in _sample("float32"))
    Y = case.forward(ops, X)
    dX = case.backprop(ops, dY, X, Y)
    assert Y.shape == dX.shape == X.shape
    assert Y.dtype == dX.dtype == "float32"
    X, dY = X.copy(), dY.copy()
    np.testing.assert_array_equal(Y, case.forward(ops, X))
    np.testing.assert_array_equal(dX, case.backprop(ops, dY, X, Y))


@each
def test_arguments_are_only_read(case: Case) -> None:
    X, dY = _sample()
    Y = case.forward(ops, X)
    for array in (X, dY, Y):
        array.flags.writeable = False
    fresh = [case.forward(ops, X), case.backprop(ops, dY, X, Y)]
    assert not any(np.shares_memory(new, old) for new in fresh for old in (X, dY, Y))


@each
def test_in_place_overwrites_the_first_argument_and_nothing_else(case: Case) -> None:
    X, dY = _sample()
    wanted = case.forward(ops, X)
    Y = X.copy()
    assert case.forward(ops, Y, inplace=True) is Y
    np.testing.assert_array_equal(Y, wanted)

    Y.flags.writeable = X.flags.writeable = False
    dX = case.backprop(ops, dY, X, Y)
    assert case.backprop(ops, dY, X, Y, inplace=True) is dY
    np.testing.assert_array_equal(dY, dX)


@each
@both_types
def test_huge_and_infinite_inputs_reach_their_limits(case: Case, dtype: str) -> None:
    limit = np.finfo(dtype).max
    X = np.array([-np.inf, -limit, -1e30, -1e4, 1e4, 1e30, limit, np.inf], dtype=dtype)
    if case.name == "dish":  # falls off as 1 / (4 X), not exponentially
        X[3] = -1e30
    Y = case.forward(ops, X)
    dX = case.backprop(ops, np.ones_like(X), X, Y)
    if case.name in ("sigmoid", "clipped_linear", "hard_sigmoid", "hard_tanh", "relu_k"):
        assert np.ptp(Y[:4]) == np.ptp(Y[4:]) == 0
        np.testing.assert_allclose(dX, 0, atol=1e-35)
    else:
        np.testing.assert_allclose(Y, np.maximum(X, 0), atol=1e-15)
        np.testing.assert_allclose(dX, X > 0, atol=1e-15)


@each
def test_a_nan_stays_a_nan(case: Case) -> None:
    X = np.array([np.nan, 1.0, -1.0], dtype="float32")
    Y = case.forward(ops, X)
    assert np.isnan(Y).tolist() == [True, False, False]
    dY = np.array([1.0, np.nan, 1.0], dtype="float32")
    X = np.array([0.4, 0.4, 0.4], dtype="float32")
    dX = case.backprop(ops, dY, X, case.forward(ops, X))
    assert np.isnan(dX).tolist() == [False, True, False]


@each
def test_a_gradient_of_another_shape_is_refused(case: Case) -> None:
    X, dY = _sample()
    with pytest.raises(BackpropError, match="does not fit"):
        case.backprop(ops, dY[:1], X, case.forward(ops, X))


@each
def test_cupy_has_all_the_names_that_are_used(case: Case) -> None:
    X, dY = _sample()
    gpu = CupyStandIn()
    x, dy = gpu.asarray(X), gpu.asarray(dY)
    y = case.forward(gpu, x)
    Y = case.forward(ops, X)
    np.testing.assert_allclose(y.get(), Y)
    np.testing.assert_allclose(case.backprop(gpu, dy, x, y).get(), case.backprop(ops, dY, X, Y))


@pytest.mark.parametrize("name", ["relu", "relu_k", "clipped_linear", "hard_tanh"])
def test_at_a_kink_the_gradient_is_zero(name: str) -> None:
    edges = np.array([-1.0, 1.0]) if name == "hard_tanh" else np.array([0.0])
    dX = getattr(ops, f"backprop_{name}")(np.ones_like(edges), edges)
    np.testing.assert_array_equal(dX, 0)


@both_types
def test_erf_agrees_with_the_math_module(dtype: str) -> None:
    X = np.linspace(-7, 7, 20_001).astype(dtype)
    wanted = [math.erf(x) for x in X.tolist()]
    Y = ops.erf(X)
    assert Y.dtype == dtype
    np.testing.assert_allclose(Y, wanted, rtol=0, atol=4e-16 if dtype == "float64" else 2e-7)


def test_erf_of_extremes_is_one_with_the_sign_of_its_argument() -> None:
    X = np.array([-np.inf, -1e300, -0.0, 0.0, 1e300, np.inf, np.nan])
    np.testing.assert_array_equal(ops.erf(X), [-1, -1, 0, 0, 1, 1, np.nan])
    assert np.signbit(ops.erf(X)[2])


def test_gelu_keeps_its_relative_accuracy_far_to_the_left() -> None:
    X = np.linspace(-35, -1, 500)
    wanted = [x * 0.5 * math.erfc(-x / math.sqrt(2)) for x in X.tolist()]
    np.testing.assert_allclose(ops.gelu(X), wanted, rtol=1e-12)


def test_dish_keeps_its_relative_accuracy_far_to_the_left() -> None:
    X = np.array([-1e3, -1e6, -1e12], dtype="float32")
    np.testing.assert_allclose(ops.dish(X), 1 / (4 * X), rtol=1e-5)


def test_dsigmoid_and_dtanh_are_slopes_given_the_output() -> None:
    X, _ = _sample()
    x = torch.from_numpy(X).requires_grad_()
    slope = torch.autograd.grad(torch.sigmoid(x).sum(), x)[0].numpy()
    np.testing.assert_allclose(ops.dsigmoid(ops.sigmoid(X)), slope, atol=1e-15)
    slope = torch.autograd.grad(torch.tanh(x).sum(), x)[0].numpy()
    np.testing.assert_allclose(ops.dtanh(np.tanh(X)), slope, atol=1e-15)
    np.testing.assert_allclose(ops.sechsq(X), slope, atol=1e-15)


@pytest.mark.parametrize("name", ["dsigmoid", "dtanh"])
def test_slopes_given_the_output_work_in_place(name: str) -> None:
    Y = np.array([0.1, 0.5, 0.9])
    wanted = getattr(ops, name)(Y)
    np.testing.assert_array_equal(Y, [0.1, 0.5, 0.9])
    assert getattr(ops, name)(Y, inplace=True) is Y
    np.testing.assert_array_equal(Y, wanted)


def test_sechsq_of_huge_inputs_is_zero() -> None:
    limit = np.finfo("float32").max
    X = np.array([-np.inf, -limit, limit, np.inf], dtype="float32")
    np.testing.assert_array_equal(ops.sechsq(X), 0)
