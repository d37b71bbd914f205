"""The gradient check takes models, functions and losses."""

from typing import Any

import numpy as np

from combinet import CategoricalCrossentropy, Linear, Model, Softmax
from combinet.testing import assert_is_gradient, read_only, register_case, sample_of
from combinet.types import Floats2d


def double(X: Floats2d) -> Any:
    return X * 2, lambda dY: dY * 2  # pyright: ignore[reportUnknownLambdaType, reportUnknownVariableType]


X = np.zeros((2, 3))
assert_is_gradient(double, X)
assert_is_gradient(Linear(2), X, rtol=1e-5, seed=1, jitter=0.0)
assert_is_gradient(Softmax(2), CategoricalCrossentropy(), X, [0, 1])
with read_only():
    Linear(2, 3).initialize().predict(X)


def build() -> Model[Floats2d, Floats2d]:
    return Linear(2)


register_case("x.v1", build, sample_of(Floats2d))
