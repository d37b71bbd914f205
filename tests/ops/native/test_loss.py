"""The kernel of the loss, beyond what the scenes show."""

from __future__ import annotations

import numpy as np
import pytest

from tests.ops.native.recording import NativeOps


def test_the_squares_of_many_numbers_are_summed_without_losing_digits() -> None:
    guesses = np.full((1 << 16, 64), 0.1, "float32")
    result = NativeOps().cross_entropy(guesses, np.zeros_like(guesses), 1.0)
    assert result is not None
    wanted = float(np.square(guesses.astype("float64")).sum())
    assert result[1] == pytest.approx(wanted, rel=1e-6)
