"""Dropout: in every container, in training only, the same mask back as forth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet.edit import set_dropout_rate
from combinet.errors import CombinetError, DTypeError
from combinet.layers import Dropout, list2padded
from combinet.types import Ragged

from .against_torch import floats, ragged, rows_of

X = np.ones((40, 50), dtype="float32")
Xs = [np.ones((n, 6), dtype="float32") for n in (5, 0, 3)]
CONTAINERS: dict[str, Any] = {
    "array": X,
    "list": Xs,
    "tuple": tuple(Xs),
    "Ragged": Ragged(np.ones((8, 6), dtype="float32"), [5, 0, 3]),
    "Padded": list2padded().predict(Xs),
    "empty list": [],
}
every_container = pytest.mark.parametrize("value", CONTAINERS.values(), ids=CONTAINERS)


def _arrays(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [rows_of(value)]


@every_container
def test_predict_leaves_the_input_as_it_is(value: Any) -> None:
    assert Dropout(0.5).initialize().predict(value) is value


@every_container
def test_the_gradient_is_dropped_where_the_input_was(value: Any) -> None:
    Y, backprop = Dropout(0.5).initialize(seed=0).begin_update(value)
    dX = backprop(value if not isinstance(value, tuple) else list(value))
    assert type(dX) is type(Y)
    for dropped, gradient, x in zip(_arrays(Y), _arrays(dX), _arrays(value), strict=True):
        np.testing.assert_array_equal(gradient, dropped)
        assert set(np.unique(dropped[x > 0])) <= {0.0, 2.0}


@pytest.mark.parametrize("shape", [(8,), (8, 2, 3)])
def test_the_rows_of_a_ragged_keep_their_rank(shape: tuple[int, ...]) -> None:
    Xr = Ragged(np.ones(shape, dtype="float32"), [5, 0, 3])
    Y, backprop = Dropout(0.5).initialize(seed=0).begin_update(Xr)
    assert Y.dataXd.shape == backprop(Y).dataXd.shape == shape


def test_a_part_of_the_numbers_is_zeroed_and_the_rest_makes_up_for_it() -> None:
    Y = Dropout(0.25).initialize(seed=0).begin_update(X)[0]
    assert (Y == 0).mean() == pytest.approx(0.25, abs=0.03)
    np.testing.assert_allclose(Y[Y > 0], 4 / 3, rtol=1e-6)


def test_every_call_draws_another_mask() -> None:
    model = Dropout(0.5).initialize(seed=0)
    first, second = model.begin_update(X)[0], model.begin_update(X)[0]
    assert (first != second).any()


def test_an_older_backprop_keeps_its_own_mask() -> None:
    model = Dropout(0.5).initialize(seed=0)
    first, backprop_first = model.begin_update(X)
    model.begin_update(X)
    np.testing.assert_array_equal(backprop_first(X), first)


def test_the_masks_follow_from_the_seed() -> None:
    one, two, other = (Dropout(0.5).initialize(seed=seed) for seed in (0, 0, 1))
    Y = one.begin_update(X)[0]
    np.testing.assert_array_equal(Y, two.begin_update(X)[0])
    assert (other.begin_update(X)[0] != Y).any()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_dtype_of_the_input_is_kept(dtype: str) -> None:
    assert Dropout(0.5).initialize().begin_update(X.astype(dtype))[0].dtype == dtype


def test_a_disabled_dropout_changes_nothing() -> None:
    model = Dropout(0.5)
    model.attrs["is_enabled"] = False
    assert model.begin_update(X)[0] is X


def test_the_rate_can_be_changed_later() -> None:
    model = set_dropout_rate(Dropout(0.5).initialize(), 0.0)
    assert model.begin_update(X)[0] is X


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_a_rate_outside_0_to_1_is_refused(rate: float) -> None:
    with pytest.raises(CombinetError, match="between 0 and 1"):
        Dropout(rate)


def test_ints_are_refused() -> None:
    with pytest.raises(DTypeError, match="dropout takes floats"):
        Dropout(0.5).initialize().begin_update(np.ones((2, 2), dtype="int32"))


def test_any_form_passes_through_when_sizes_are_solved() -> None:
    for sample in (floats(2, 3), ragged(2, 1), [floats(2, 3)]):
        found = Dropout(0.5).check(X=sample)
        assert str(found.x) == str(found.y)
