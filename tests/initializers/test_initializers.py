"""Initializers draw what their formulas say, from the current generator."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import numpy as np
import pytest

import combinet.initializers as initializers
from combinet.errors import ShapeError
from combinet.ops import NumpyOps
from combinet.registry import registry
from combinet.rng import generator, using_generator

OPS = NumpyOps()
NAMES = (
    "glorot_normal_init glorot_uniform_init he_normal_init he_uniform_init lecun_normal_init "
    "lecun_uniform_init normal_init uniform_init zero_init"
).split()
SHAPE = (300, 500)
LIMITS = {
    "glorot_uniform_init": sqrt(6 / 800),
    "he_uniform_init": sqrt(6 / 500),
    "lecun_uniform_init": sqrt(3 / 500),
    "uniform_init": 0.1,
}
DEVIATIONS = {
    "glorot_normal_init": sqrt(2 / 800),
    "he_normal_init": sqrt(2 / 500),
    "lecun_normal_init": sqrt(1 / 500),
    "normal_init": 0.1,
}


def drawn(init: Callable[..., object], shape: tuple[int, ...] = SHAPE, key: int = 1) -> np.ndarray:
    with using_generator(generator(key)):
        return np.asarray(init(OPS, shape))


@pytest.mark.parametrize("name", NAMES)
def test_numbers_are_float32_of_the_shape_asked_for(name: str) -> None:
    for shape in ((3, 4), (3, 2, 4), (0, 4)):
        W = drawn(getattr(initializers, name), shape)
        assert W.dtype == np.float32
        assert W.shape == shape
        assert W.flags.c_contiguous
        assert W.flags.writeable


@pytest.mark.parametrize("name", NAMES)
def test_the_current_generator_decides_and_nothing_else(name: str) -> None:
    init = getattr(initializers, name)
    first = drawn(init)
    np.random.rand()  # noqa: NPY002
    np.testing.assert_array_equal(drawn(init), first)
    assert name == "zero_init" or not np.array_equal(drawn(init, key=2), first)


@pytest.mark.parametrize("name", LIMITS)
def test_uniform_numbers_fill_their_interval_evenly(name: str) -> None:
    W, limit = drawn(getattr(initializers, name)), LIMITS[name]
    counts, _ = np.histogram(W, bins=10, range=(-limit, limit))
    assert counts.sum() == W.size  # none lies outside
    np.testing.assert_allclose(counts, W.size / 10, rtol=0.05)


@pytest.mark.parametrize("name", DEVIATIONS)
def test_normal_numbers_have_their_deviation(name: str) -> None:
    W, deviation = drawn(getattr(initializers, name)), DEVIATIONS[name]
    assert abs(W.mean()) < 0.01 * deviation
    assert W.std() == pytest.approx(deviation, rel=0.01)
    assert (abs(W) < deviation).mean() == pytest.approx(0.6827, abs=0.01)


def test_the_mean_of_normal_init_is_a_mean() -> None:
    W = drawn(initializers.configure_normal_init(mean=3.0, std=0.5))
    assert W.mean() == pytest.approx(3.0, abs=0.01)
    assert W.std() == pytest.approx(0.5, rel=0.01)


def test_limits_can_be_configured() -> None:
    W = drawn(initializers.configure_uniform_init(lo=5, hi=6))
    assert W.min() >= 5
    assert W.max() <= 6


def test_zero_init_gives_zeros() -> None:
    assert not drawn(initializers.zero_init).any()


def test_the_scale_of_a_maxout_weight_comes_from_its_first_two_sizes() -> None:
    W = drawn(initializers.glorot_uniform_init, (40, 3, 200))
    limit = sqrt(6 / 43)
    assert 0.98 * limit < abs(W).max() <= limit


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"zero_init", "uniform_init", "normal_init"}))
def test_a_vector_is_refused_where_the_scale_needs_two_sizes(name: str) -> None:
    with pytest.raises(ShapeError, match=rf"{name}.*two sizes[\s\S]*zero_init"):
        drawn(getattr(initializers, name), (5,))


@pytest.mark.parametrize("name", NAMES)
def test_the_registered_name_configures_the_initializer(name: str) -> None:
    configured = registry.get("initializers", f"{name}.v1")()
    np.testing.assert_array_equal(drawn(configured), drawn(getattr(initializers, name)))
