"""Compare a layer with the same formula in torch, in float64: output and every gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from combinet.model import Model
from combinet.types import Padded, Ragged

Weights = dict[str, torch.Tensor]


def floats(*shape: int, seed: int = 0, dtype: str = "float64") -> Any:
    """Normally distributed numbers."""
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def ragged(*lengths: int, width: int = 4, dtype: str = "float64") -> Ragged:
    """Sequences of these lengths."""
    return Ragged(floats(sum(lengths), width, dtype=dtype), np.array(lengths, dtype="int32"))


def in_float64(model: Model[Any, Any], seed: int = 1) -> Model[Any, Any]:
    """The same model with random parameters in float64."""
    model.to_dtype("float64")
    for number, parameter in enumerate(model.parameters()):
        parameter.weights[...] = floats(*parameter.weights.shape, seed=seed + number)
    return model


def assert_like_torch(
    model: Model[Any, Any],
    X: Any,
    formula: Callable[[torch.Tensor, Weights], torch.Tensor],
    *,
    rtol: float = 1e-8,
) -> None:
    """Output, gradient of the input and of every parameter agree with torch's.

    Args:
        formula: From the input's rows and the parameters by path to the output's rows.
    """
    in_float64(model)
    weights: Weights = {
        row.path: torch.tensor(row.weights, requires_grad=True) for row in model.parameters()
    }
    x = torch.tensor(rows_of(X), requires_grad=rows_of(X).dtype.kind == "f")
    y = formula(x, weights)
    Y, backprop = model.begin_update(X)
    assert_close(rows_of(Y), y, rtol)
    dY = floats(*y.shape, seed=9)
    y.backward(torch.tensor(dY))
    dX = backprop(like(Y, dY))
    if x.requires_grad:
        assert_close(rows_of(dX), x.grad, rtol)
    for row in model.parameters():
        assert_close(row.gradient, weights[row.path].grad, rtol)


def assert_close(ours: Any, theirs: Any, rtol: float = 1e-8) -> None:
    """Same shape and numbers; what is 0 may be as far off as the others' rounding."""
    wanted: Any = np.zeros_like(ours) if theirs is None else theirs.detach().numpy()
    np.testing.assert_allclose(
        ours, wanted, rtol=rtol, atol=rtol * max(1.0, abs(wanted).max(initial=0))
    )


def rows_of(value: Any) -> Any:
    """The array inside a container."""
    return value.data if isinstance(value, (Ragged, Padded)) else value


def like(value: Any, data: Any) -> Any:
    """``data`` in the container of ``value``."""
    return Ragged(data, value.lengths) if isinstance(value, Ragged) else data
