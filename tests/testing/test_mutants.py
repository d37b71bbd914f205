"""Every deliberate mistake is caught, and the error says where it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from combinet.testing import (
    LAWS,
    Case,
    OwnershipError,
    WrongGradient,
    assert_is_gradient,
    sample_of,
)
from combinet.types import Floats2d

from . import mutants
from .mutants import affine

X = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")
ROWS = sample_of(Floats2d, width=4)


@pytest.mark.parametrize(
    ("backprop", "message"),
    [
        (mutants.flipped_sign, "the gradient of the input is wrong: it is -1 times"),
        (mutants.scaled, "the gradient of the input is wrong: it is 1.01 times"),
        (mutants.slightly_scaled, "the gradient of the input is wrong"),
        (mutants.no_bias, "the gradient of b of affine is wrong: backprop gives it none"),
        (mutants.averaged_bias, "the gradient of b of affine is wrong: it is 0.1667 times"),
        (mutants.transposed_weights, "the gradient of W of affine is wrong: it is transposed"),
        (mutants.transposed_input, "the gradient of the input is wrong"),
        (mutants.last_row_left_out, "the gradient of W of affine is wrong"),
        (mutants.one_entry_off, "1 of the 24 measured are off"),
        (mutants.not_a_number, "the gradient of the input is wrong"),
        (mutants.nothing_returned, "returns no gradient for X"),
        (mutants.other_shape, "returns no gradient for X"),
        (mutants.other_shape_of_bias, "the gradient of b of affine has another shape"),
    ],
)
def test_a_wrong_backprop_is_caught_and_named(backprop: Any, message: str) -> None:
    with pytest.raises(WrongGradient) as caught:
        assert_is_gradient(affine(backprop), X)
    assert message in str(caught.value)


def test_the_right_backprop_passes() -> None:
    assert_is_gradient(affine(mutants.right), X)


def test_the_error_shows_both_numbers_of_the_worst_entry() -> None:
    with pytest.raises(WrongGradient, match=r"worst, X\[1, 2\]: backprop says \S+, differences"):
        assert_is_gradient(affine(mutants.one_entry_off), X)


def test_a_child_that_backprop_forgets_is_named_by_its_path() -> None:
    wrong = mutants.forgetful_add(affine(mutants.right), affine(mutants.right))
    with pytest.raises(WrongGradient, match="the gradient of the input is wrong"):
        assert_is_gradient(wrong, X)
    ids = np.zeros((0, 4), dtype="float32")
    assert_is_gradient(wrong, ids)  # no rows, no slope: nothing to find there


def test_a_wrong_layer_inside_a_network_is_named_by_its_path() -> None:
    network = affine(mutants.right) >> affine(mutants.no_bias) >> affine(mutants.right)
    with pytest.raises(WrongGradient, match="the gradient of 1/b of affine is wrong"):
        assert_is_gradient(network, X)


@pytest.mark.parametrize("shift", [0, 2, 3])
def test_a_window_that_is_off_by_one_is_caught(shift: int) -> None:
    assert_is_gradient(mutants.window(1), X)
    with pytest.raises(WrongGradient, match="the gradient of the input"):
        assert_is_gradient(mutants.window(shift), X)


def test_dropout_with_another_mask_in_backprop_is_caught() -> None:
    with pytest.raises(WrongGradient, match="other_mask: the gradient of the input"):
        assert_is_gradient(mutants.other_mask_in_backprop(), X)


def test_a_layer_that_stays_in_float32_is_named_as_such() -> None:
    with pytest.raises(WrongGradient, match="gives float32 for float64"):
        assert_is_gradient(affine(mutants.right, mutants.always_float32), X)


@pytest.mark.parametrize("backprop", [mutants.writes_into_dY, mutants.writes_into_X])
def test_a_backprop_that_writes_into_its_input_is_caught(backprop: Any) -> None:
    with pytest.raises(OwnershipError, match="backprop of affine writes into an array"):
        assert_is_gradient(affine(backprop), X)


def _case(backprop: Any, forward: Callable[..., Any] | None = None) -> Case:
    return Case("mutant", lambda: affine(backprop, forward), ROWS)


@pytest.mark.parametrize(
    ("backprop", "forward", "law"),
    [
        (mutants.scaled, None, "gradient_keeps_its_contract"),
        (mutants.no_bias, None, "gradient_keeps_its_contract"),
        (mutants.replaces_the_gradient, None, "gradients_add_up"),
        (mutants.writes_into_dY, None, "writes_only_what_is_its_own"),
        (mutants.writes_into_X, None, "writes_only_what_is_its_own"),
        (mutants.writes_into_Y, None, "writes_only_what_is_its_own"),
        (mutants.writes_around_the_flag, None, "writes_only_what_is_its_own"),
        (mutants.nothing_returned, None, "empty_batches_work"),
        (mutants.right, mutants.one_buffer_for_all_calls, "calls_do_not_mix"),
        (mutants.right, mutants.always_float32, "dtypes_pass_through"),
        (mutants.right, mutants.no_dX_and_no_gradients, "need_dX_changes_no_other_gradient"),
        (mutants.right, mutants.in_training_another, "predict_is_forward"),
        (mutants.right, mutants.fails_on_nothing, "empty_batches_work"),
        (mutants.right, mutants.needs_contiguous, "strides_do_not_matter"),
    ],
)
def test_a_law_catches_the_mistake(backprop: Any, forward: Any, law: str) -> None:
    LAWS[law](_case(mutants.right))
    with pytest.raises((AssertionError, ValueError, TypeError)):
        LAWS[law](_case(backprop, forward))
