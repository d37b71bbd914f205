"""PyTorchGradScaler, and mixed precision."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from combinet import SGD, Model
from combinet.bridges import PyTorchGradScaler, PyTorchShim, PyTorchWrapper_v2
from combinet.errors import DTypeError

from .networks import X, dY, gradients, mlp, weights


def scaled(**options: Any) -> tuple[Model[Any, Any], PyTorchGradScaler]:
    scaler = PyTorchGradScaler(True, **options)
    return PyTorchWrapper_v2(mlp(), grad_scaler=scaler), scaler


def test_disabled_it_changes_nothing() -> None:
    scaler, tensor = PyTorchGradScaler(), torch.ones(2)
    assert scaler.scale(tensor) is tensor
    assert not scaler.unscale([tensor * torch.inf])
    scaler.update()
    assert scaler.factor == 2**16


def test_scale_multiplies_and_leaves_the_original() -> None:
    scaler, tensor = PyTorchGradScaler(True, init_scale=8), torch.ones(2)
    assert scaler.scale(tensor).tolist() == [8, 8]
    assert [t.tolist() for t in scaler.scale([tensor])] == [[8, 8]]
    assert tensor.tolist() == [1, 1]


def test_scale_in_place_writes_into_the_tensor() -> None:
    tensor = torch.ones(2)
    PyTorchGradScaler(True, init_scale=8).scale(tensor, inplace=True)
    assert tensor.tolist() == [8, 8]


def test_scale_refuses_what_is_no_tensor() -> None:
    with pytest.raises(DTypeError, match="gradients are tensors"):
        PyTorchGradScaler(True).scale(3)


def test_the_factor_follows_torchs_own_rule() -> None:
    options: dict[str, Any] = {"init_scale": 16.0, "growth_interval": 3}
    mine, torchs = PyTorchGradScaler(True, **options), torch.amp.GradScaler("cpu", **options)
    parameter = torch.nn.Parameter(torch.ones(1))
    optimizer = torch.optim.SGD([parameter], lr=0)
    for gradient in [1, 1, 1, 1, np.inf, 1, 1, np.nan, 1, 1, 1, 1]:
        torchs.scale(torch.ones(1))
        parameter.grad = torch.tensor([float(gradient)])
        mine.unscale([parameter.grad.clone()])
        torchs.step(optimizer)
        torchs.update()
        mine.update()
        assert mine.factor == torchs.get_scale()


def test_scaled_gradients_come_out_as_without() -> None:
    model, _ = scaled()
    plain = PyTorchWrapper_v2(model.shims[0].module)  # type: ignore[attr-defined]
    for _ in range(2):
        dX = model.begin_update(X)[1](dY)
    got = gradients(model)
    for row in model.parameters():
        row.gradient[...] = 0  # type: ignore[index]
    for _ in range(2):
        expected = plain.begin_update(X)[1](dY)
    assert np.allclose(dX, expected)
    assert all(np.allclose(got[path], g) for path, g in gradients(plain).items())


def test_an_overflow_skips_the_step_and_the_next_one_is_taken() -> None:
    model, scaler = scaled(init_scale=1e38)
    before = weights(model)
    dX = model.begin_update(X)[1](dY * 100)
    assert scaler.found_inf
    assert not dX.any()
    model.finish_update(SGD(0.1))
    assert all(np.array_equal(before[path], W) for path, W in weights(model).items())
    assert (scaler.factor, scaler.found_inf) == (5e37, False)
    scaler.factor = 2.0
    model.begin_update(X)[1](dY)
    model.finish_update(SGD(0.1))
    assert not any(np.array_equal(before[path], W) for path, W in weights(model).items())


def test_an_overflow_leaves_the_gradients_gathered_before() -> None:
    model, scaler = scaled(init_scale=2.0)
    model.begin_update(X)[1](dY)
    before = {n: p.grad.clone() for n, p in model.shims[0].module.named_parameters()}  # type: ignore[attr-defined]
    scaler.factor = 1e38
    model.begin_update(X)[1](dY * 100)
    after = {n: p.grad for n, p in model.shims[0].module.named_parameters()}  # type: ignore[attr-defined]
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_without_need_dX_gradients_are_unscaled_too() -> None:
    model, _ = scaled()
    model.begin_update(X, need_dX=False)[1](dY)
    got = gradients(model)
    plain = PyTorchWrapper_v2(model.shims[0].copy().module)  # type: ignore[attr-defined]
    plain.begin_update(X)[1](dY)
    assert all(np.allclose(got[path], g) for path, g in gradients(plain).items())


@pytest.mark.parametrize("precision", [True, "bfloat16", "float16"])
def test_under_autocast_results_are_near_and_of_float32(precision: Any) -> None:
    module = mlp()
    scaler = PyTorchGradScaler(precision == "float16", init_scale=16)
    exact = PyTorchWrapper_v2(module)
    mixed = PyTorchWrapper_v2(module, mixed_precision=precision, grad_scaler=scaler)
    Y, backprop = mixed.begin_update(X)
    dX = backprop(dY)
    expected = exact.begin_update(X)
    assert (Y.dtype, dX.dtype) == (np.float32, np.float32)
    assert 0 < np.abs(Y - expected[0]).max() < 0.05
    assert 0 < np.abs(dX - expected[1](dY)).max() < 0.05
    assert np.abs(mixed.predict(X) - expected[0]).max() < 0.05


def test_a_grad_scaler_is_enabled_for_float16_only() -> None:
    assert PyTorchShim(mlp(), mixed_precision="float16").grad_scaler.enabled
    assert not PyTorchShim(mlp(), mixed_precision="bfloat16").grad_scaler.enabled
    assert not PyTorchShim(mlp()).grad_scaler.enabled
