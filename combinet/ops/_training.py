"""What training does to arrays: dropout, optimizer steps, clipping, averages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeVar, cast

import numpy as np

from ..errors import ShapeError
from ..types import Floats1d, FloatsXd, Shape
from ._base import BaseOps
from ._elementwise import F, cleared, delivered
from ._philox import random_words

W = TypeVar("W", bound=FloatsXd)

_SMALLEST_CHANCE = 1e-8


class TrainingOps(BaseOps):
    """Dropout masks are functions of (key, draw) and are made again instead of being kept.

    Element i of an array, counted in C order whatever its strides, has the random word

        w = philox4x32(counter=(b, b >> 32, draw, draw >> 32), key=(key, key >> 32))[i % 4]

    with b = i // 4, every entry cut to its lower 32 bits. It is kept if
    w >= floor(rate * 2**32), and is then multiplied by 1 / (1 - rate), a double rounded to the
    type of the array; otherwise it is +0, even where it was infinite or NaN. With rate >= 1
    everything is dropped. Every backend gives these same bits.
    """

    def dropout(self, X: F, rate: float, key: int, draw: int) -> F:
        """``X`` with a fraction ``rate`` of it set to zero, the rest scaled up to make up for it.

        Args:
            rate: The chance of each element to be dropped; from 1 up all are.
            key: 64 bits that name the stream, such as a node's own key.
            draw: 64 bits that say which mask of the stream.
        Source:
            Srivastava et al., "Dropout" (2014), section 10, the scaled-up form.
        """
        if rate >= 1:
            return delivered(self.xp.zeros_like(X), X, False)
        scaled = X * X.dtype.type(_scale(rate))
        return delivered(cleared(scaled, self._dropped(X.shape, rate, key, draw)), X, False)

    def backprop_dropout(self, dY: F, rate: float, key: int, draw: int) -> F:
        """The gradient through ``dropout`` with the same rate, key and draw."""
        return self.dropout(dY, rate, key, draw)

    def dropout_mask(
        self, shape: Shape, rate: float, key: int, draw: int, dtype: Any = "float32"
    ) -> FloatsXd:
        """What ``dropout`` multiplies an array of this shape by: 0 or 1 / (1 - rate)."""
        if rate >= 1:
            return cast(FloatsXd, self.xp.zeros(shape, dtype=dtype))
        scale = np.dtype(dtype).type(_scale(rate))
        return cast(FloatsXd, ~self._dropped(shape, rate, key, draw) * scale)

    def get_dropout_mask(self, shape: Shape, drop: float | None) -> FloatsXd:
        """A mask from NumPy's global random state; ones where ``drop`` is None or 0."""
        key = int(np.random.randint(0, 2**63, dtype="int64"))  # noqa: NPY002 - its contract
        return self.dropout_mask(shape, drop or 0.0, key, 0)

    def adam(
        self,
        weights: Floats1d,
        gradient: Floats1d,
        mom1: Floats1d,
        mom2: Floats1d,
        beta1: float,
        beta2: float,
        eps: float,
        learn_rate: float,
        mod_rate: float = 1.0,
    ) -> tuple[Floats1d, Floats1d, Floats1d, Floats1d]:
        """One step of Adam, in place; the gradient is zeroed. Returns the four arrays.

        m1 = beta1 m1 + (1 - beta1) g;  m2 = beta2 m2 + (1 - beta2) g^2;
        w = w - learn_rate mod_rate m1 / (sqrt(m2) + eps).

        The correction of the bias belongs into ``learn_rate``, so eps stands outside of it.

        Raises:
            ShapeError: The four differ in shape.
        Source:
            Kingma and Ba, "Adam" (2015), end of section 2.
        """
        _check_same(weights=weights, gradient=gradient, mom1=mom1, mom2=mom2)
        mom1 *= beta1
        mom1 += gradient * (1.0 - beta1)
        mom2 *= beta2
        mom2 += gradient * gradient * (1.0 - beta2)
        weights -= mom1 * (learn_rate * mod_rate) / (self.xp.sqrt(mom2) + eps)
        gradient[...] = 0
        return weights, gradient, mom1, mom2

    def sgd(self, weights: W, gradient: W, learn_rate: float) -> tuple[W, W]:
        """``w = w - learn_rate g``, in place; the gradient is zeroed. Returns both arrays.

        Raises:
            ShapeError: The two differ in shape.
        """
        _check_same(weights=weights, gradient=gradient)
        weights -= gradient * learn_rate
        gradient[...] = 0
        return weights, gradient

    def sum_squares(self, arrays: Sequence[FloatsXd]) -> Any:
        """The sum of the squares of all the elements, in float64, as a scalar of the backend."""
        total: Any = self.xp.zeros((), dtype="float64")
        for array in arrays:
            total = total + self.xp.square(array, dtype="float64").sum()
        return total

    def clip_gradient(self, gradient: F, threshold: float) -> F:
        """Scale the gradient down, in place, to a norm of at most ``threshold``.

        A gradient that holds an infinity or a NaN stays as it is: no scale would mend it.
        """
        norm = self.xp.sqrt(self.sum_squares([gradient]))
        scale = threshold / self.xp.maximum(norm, threshold)
        scale = self.xp.where(self.xp.isfinite(norm), scale, 1.0)
        gradient[...] = gradient * scale.astype(gradient.dtype)
        return gradient

    def update_averages(
        self, ema: FloatsXd, weights: FloatsXd, t: int, max_decay: float = 0.9999
    ) -> None:
        """``ema = ema - (1 - decay)(ema - weights)``, in place.

        decay = min((1 + t) / (10 + t), max_decay), so that early averages move fast.

        Raises:
            ShapeError: The two differ in shape.
        """
        _check_same(ema=ema, weights=weights)
        decay = min((1.0 + t) / (10.0 + t), max_decay)
        ema -= (ema - weights) * (1.0 - decay)

    def logloss(self, y_true: F, y_pred: F) -> F:
        """-(y log p + (1 - y) log(1 - p)) of each element; p is kept 1e-8 away from 0 and 1.

        Raises:
            ShapeError: The two differ in shape.
        """
        _check_same(y_true=y_true, y_pred=y_pred)
        truth: Any = y_true
        chance: Any = y_pred
        yes = self.xp.log(self.xp.maximum(chance, _SMALLEST_CHANCE))
        no = self.xp.log(self.xp.maximum(1.0 - chance, _SMALLEST_CHANCE))
        return delivered(-(truth * yes + (1.0 - truth) * no), y_pred, False)

    def _dropped(self, shape: Shape, rate: float, key: int, draw: int) -> Any:
        """Which elements go, as bools."""
        words = random_words(self.xp, math.prod(shape), key, draw)
        return (words < math.floor(max(rate, 0.0) * 2**32)).reshape(shape)


def _scale(rate: float) -> float:
    return 1.0 / (1.0 - max(rate, 0.0))


def _check_same(**arrays: Any) -> None:
    shapes = {name: array.shape for name, array in arrays.items()}
    if len(set(shapes.values())) > 1:
        raise ShapeError("the arrays of a step must have one shape", **shapes)
