"""The initializers that torch has too agree with it in bounds, variance and structure."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import Any

import numpy as np
import pytest
import torch

import combinet.initializers as initializers
from combinet.errors import ConfigError, ShapeError
from combinet.initializers import Initializer
from combinet.ops import NumpyOps
from combinet.registry import registry
from combinet.rng import generator, using_generator

OPS = NumpyOps()
SETTINGS: dict[str, dict[str, Any]] = {
    "block_orthogonal_init": {"split_sizes": (2, 3)},
    "constant_init": {"val": 2.5},
    "eye_init": {},
    "kaiming_normal_init": {},
    "kaiming_uniform_init": {},
    "one_init": {},
    "orthogonal_init": {},
    "sparse_init": {"sparsity": 0.5},
    "uniform_unit_scaling_init": {},
    "xavier_normal_init": {},
    "xavier_uniform_init": {},
}
DRAWING = sorted(SETTINGS.keys() - {"constant_init", "eye_init", "one_init"})


def drawn(init: Initializer, shape: tuple[int, ...], key: int = 1) -> np.ndarray:
    with using_generator(generator(key)):
        return np.asarray(init(OPS, shape))


def configured(name: str, **settings: Any) -> Initializer:
    configure: Callable[..., Initializer] = getattr(initializers, f"configure_{name}")
    return configure(**{**SETTINGS[name], **settings})


@pytest.mark.parametrize("name", SETTINGS)
def test_numbers_are_float32_of_the_shape_asked_for(name: str) -> None:
    for shape in ((4, 6), (2, 3), (0, 6)):
        W = drawn(configured(name), shape)
        assert W.dtype == np.float32
        assert W.shape == shape
        assert W.flags.c_contiguous
        assert W.flags.writeable


@pytest.mark.parametrize("name", DRAWING)
def test_the_current_generator_decides_and_nothing_else(name: str) -> None:
    init = configured(name)
    first = drawn(init, (8, 9))
    np.random.rand()  # noqa: NPY002 - the old stream must not matter
    np.testing.assert_array_equal(drawn(init, (8, 9)), first)
    assert not np.array_equal(drawn(init, (8, 9), key=2), first)


@pytest.mark.parametrize("name", SETTINGS)
def test_the_registered_name_configures_the_initializer(name: str) -> None:
    built = registry.get("initializers", f"{name}.v1")(**SETTINGS[name])
    plain = getattr(initializers, name)
    with using_generator(generator(1)):
        expected = plain(OPS, (4, 6), **SETTINGS[name])
    np.testing.assert_array_equal(drawn(built, (4, 6)), expected)


TORCH = torch.nn.init
SCALED = [
    ("xavier_uniform_init", TORCH.xavier_uniform_, {"gain": 5 / 3}),
    ("xavier_normal_init", TORCH.xavier_normal_, {"gain": 1.5}),
    ("kaiming_uniform_init", TORCH.kaiming_uniform_, {"a": 0.5}),
    ("kaiming_uniform_init", TORCH.kaiming_uniform_, {"mode": "fan_out", "nonlinearity": "tanh"}),
    ("kaiming_normal_init", TORCH.kaiming_normal_, {"nonlinearity": "relu"}),
    ("kaiming_normal_init", TORCH.kaiming_normal_, {"mode": "fan_out", "nonlinearity": "selu"}),
]


@pytest.mark.parametrize("shape", [(200, 500), (60, 90, 5)])
@pytest.mark.parametrize(("name", "theirs", "settings"), SCALED)
def test_the_deviation_and_the_bounds_are_those_of_torch(
    name: str, theirs: Any, settings: dict[str, Any], shape: tuple[int, ...]
) -> None:
    W = drawn(configured(name, **settings), shape)
    T = theirs(torch.empty(shape), **settings, generator=torch.Generator().manual_seed(0)).numpy()
    assert W.std() == pytest.approx(T.std(), rel=0.02)
    assert abs(W.mean()) < 0.02 * T.std()
    if "uniform" in name:
        assert abs(W).max() == pytest.approx(abs(T).max(), rel=0.01)
    else:
        assert (abs(W) < T.std()).mean() == pytest.approx(0.6827, abs=0.01)


@pytest.mark.parametrize("nonlinearity", ["linear", "sigmoid", "tanh", "relu", "selu"])
def test_gains_are_those_of_torch(nonlinearity: Any) -> None:
    W = drawn(initializers.configure_kaiming_uniform_init(nonlinearity=nonlinearity), (500, 300))
    limit = torch.nn.init.calculate_gain(nonlinearity) * sqrt(3 / 300)
    assert 0.99 * limit < abs(W).max() <= limit


def test_uniform_unit_scaling_keeps_the_variance_of_what_it_is_applied_to() -> None:
    W = drawn(initializers.configure_uniform_unit_scaling_init(), (400, 300))
    X = np.random.default_rng(0).standard_normal((50, 300))
    assert (X @ W.T).std() == pytest.approx(1.0, rel=0.03)


def test_uniform_unit_scaling_takes_the_gain_of_the_activation() -> None:
    W = drawn(initializers.configure_uniform_unit_scaling_init(nonlinearity="tanh"), (50, 3000))
    assert abs(W).max() == pytest.approx(5 / 3 * sqrt(3 / 3000), rel=1e-3)


@pytest.mark.parametrize("shape", [(7, 7), (4, 9), (9, 4), (4, 3, 5)])
def test_orthogonal_rows_or_columns_have_the_length_of_the_gain(shape: tuple[int, ...]) -> None:
    W = drawn(initializers.configure_orthogonal_init(gain=1.5), shape).reshape((shape[0], -1))
    product = W @ W.T if W.shape[0] <= W.shape[1] else W.T @ W
    np.testing.assert_allclose(product, 2.25 * np.eye(len(product)), atol=1e-5)


def test_every_orthogonal_matrix_is_equally_likely() -> None:
    draws = np.stack([drawn(initializers.orthogonal_init, (2, 2), key) for key in range(600)])
    determinants = np.linalg.det(draws)
    assert abs(determinants.mean()) < 0.15  # rotations as often as reflections
    assert abs(draws.mean(axis=0)).max() < 0.15  # and no sign is preferred


def test_each_block_is_orthogonal_by_itself_and_differs_from_the_others() -> None:
    W = drawn(initializers.configure_block_orthogonal_init(split_sizes=(3, 3), gain=2.0), (6, 9))
    blocks = [W[i : i + 3, j : j + 3] for i in (0, 3) for j in (0, 3, 6)]
    for block in blocks:
        np.testing.assert_allclose(block @ block.T, 4 * np.eye(3), atol=1e-5)
    assert len({block.tobytes() for block in blocks}) == 6


@pytest.mark.parametrize("split_sizes", [(4, 3), (3,), (3, 3, 1), (0, 3)])
def test_blocks_that_do_not_fill_the_shape_are_refused(split_sizes: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match="do not fill"):
        drawn(initializers.configure_block_orthogonal_init(split_sizes=split_sizes), (6, 9))


@pytest.mark.parametrize("sparsity", [0.0, 0.33, 1.0])
def test_every_column_has_as_many_zeros_as_torch_gives_it(sparsity: float) -> None:
    W = drawn(initializers.configure_sparse_init(sparsity=sparsity, std=0.3), (50, 400))
    T = TORCH.sparse_(torch.empty(50, 400), sparsity, std=0.3).numpy()
    np.testing.assert_array_equal((W == 0).sum(axis=0), (T == 0).sum(axis=0))
    if sparsity < 1:
        assert W[W != 0].std() == pytest.approx(0.3, rel=0.03)


def test_no_row_of_a_sparse_matrix_is_preferred() -> None:
    W = drawn(initializers.configure_sparse_init(sparsity=0.5), (10, 4000))
    np.testing.assert_allclose((W == 0).mean(axis=1), 0.5, atol=0.05)


@pytest.mark.parametrize("shape", [(3, 3), (2, 4), (4, 2)])
def test_eye_is_torchs(shape: tuple[int, int]) -> None:
    np.testing.assert_array_equal(
        drawn(initializers.eye_init, shape), TORCH.eye_(torch.empty(shape)).numpy()
    )


def test_constants_are_what_they_say() -> None:
    assert (drawn(initializers.one_init, (3, 4)) == 1).all()
    assert (drawn(initializers.configure_constant_init(val=-2.5), (5,)) == -2.5).all()


@pytest.mark.parametrize("name", ["eye_init", "sparse_init"])
def test_only_matrices_are_made_where_only_matrices_make_sense(name: str) -> None:
    with pytest.raises(ShapeError, match=f"{name} makes matrices"):
        drawn(configured(name), (2, 3, 4))


@pytest.mark.parametrize("name", sorted(set(DRAWING) - {"block_orthogonal_init", "sparse_init"}))
def test_a_vector_is_refused_where_the_scale_needs_two_sizes(name: str) -> None:
    with pytest.raises(ShapeError, match=f"{name}.*two sizes"):
        drawn(configured(name), (5,))


def test_settings_that_mean_nothing_are_refused() -> None:
    for init in (
        configured("kaiming_normal_init", mode="fan_up"),
        configured("kaiming_uniform_init", nonlinearity="wave"),
        configured("sparse_init", sparsity=1.5),
    ):
        with pytest.raises(ConfigError, match=r"fan_up|wave|share"):
            drawn(init, (3, 4))
