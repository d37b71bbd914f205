"""Gradients that a layer adds by hand, as layers written for Thinc do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet import Linear, Model

ONES = np.ones((3, 4), "float32")


def layer() -> Model[Any, Any]:
    return Linear(3, 4).initialize()


@pytest.mark.parametrize("dtype", ["float64", "float16", "int64"])
def test_a_gradient_has_the_dtype_of_its_parameter(dtype: str) -> None:
    model = layer()
    model.inc_grad("W", ONES.astype(dtype))
    model.inc_grad("W", ONES / 2)
    gradient: Any = model.get_grad("W")
    assert gradient.dtype == np.float32
    assert np.array_equal(gradient, 1.5 * ONES)


def test_the_first_gradient_is_copied() -> None:
    model, gradient = layer(), ONES.copy()
    model.inc_grad("W", gradient)
    gradient += 1
    assert np.array_equal(model.get_grad("W"), ONES)
