"""Schedules are functions of the step, and iterators too."""

from __future__ import annotations

import inspect
import pickle
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from combinet.errors import ConfigError
from combinet.registry import registry
from combinet.schedules import (
    Schedule,
    as_schedule,
    compounding,
    constant,
    constant_then,
    cyclic_triangular,
    decaying,
    plateau,
    slanted_triangular,
    warmup_linear,
)

ALL = [
    constant(0.5),
    constant_then(0.5, 3, decaying(1.0, 0.5)),
    decaying(1.0, 0.1),
    compounding(1.0, 2.0, 1.1),
    warmup_linear(1.0, 4, 8),
    slanted_triangular(0.1, 20),
    cyclic_triangular(1.0, 3.0, 4),
    plateau(2, 0.5, constant(1.0)),
]
ids = [schedule.name for schedule in ALL]


def first(schedule: Schedule, count: int) -> list[float]:
    return [schedule(step) for step in range(count)]


@pytest.mark.parametrize("schedule", ALL, ids=ids)
@given(step=st.integers(0, 10_000))
def test_a_call_depends_on_the_step_alone(schedule: Schedule, step: int) -> None:
    expected = schedule(step)
    next(schedule)
    assert schedule(step) == expected
    assert isinstance(expected, float)


@pytest.mark.parametrize("schedule", ALL, ids=ids)
def test_iterating_gives_the_steps_from_zero_on(schedule: Schedule) -> None:
    fresh = pickle.loads(pickle.dumps(schedule))
    fresh.position = 0
    assert list(islice(fresh, 12)) == first(schedule, 12)
    assert next(fresh) == schedule(12)
    assert list(islice(schedule.to_generator(3, 2), 4)) == [schedule(s) for s in (3, 5, 7, 9)]


@pytest.mark.parametrize("schedule", ALL, ids=ids)
def test_a_negative_step_is_an_error(schedule: Schedule) -> None:
    with pytest.raises(ConfigError, match="step -1"):
        schedule(-1)


def test_decaying_divides_by_the_steps() -> None:
    np.testing.assert_allclose(first(decaying(2.0, 0.1, t=2), 3), [2 / 1.2, 2 / 1.3, 2 / 1.4])


def test_compounding_multiplies_until_it_stops() -> None:
    np.testing.assert_allclose(first(compounding(1, 2, 1.3), 5), [1, 1.3, 1.69, 2, 2])
    np.testing.assert_allclose(first(compounding(2, 1, 0.7), 4), [2, 1.4, 1, 1])
    assert compounding(1, 2, 1.3)(10**6) == 2


def test_warmup_linear_goes_up_and_down_in_lines() -> None:
    expected = [0, 0.25, 0.5, 0.75, 1, 0.75, 0.5, 0.25, 0, 0]
    np.testing.assert_allclose(first(warmup_linear(1.0, 4, 8), 10), expected)


def test_warmup_linear_agrees_with_torchs_schedulers() -> None:
    import torch

    def of_torch(step: int) -> float:
        return step / 10 if step < 10 else max(0.0, (50 - step) / 40)

    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=0.3)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, of_torch)
    schedule = warmup_linear(0.3, 10, 50)
    for step in range(60):
        assert schedule(step) == pytest.approx(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()


def test_slanted_triangular_follows_its_paper() -> None:
    cut, ratio, rate = 5, 10, 0.1  # T = 20, cut_frac = 0.25
    steps = range(1, 21)
    heights = [t / cut if t < cut else 1 - (t - cut) / (cut * (1 / 0.25 - 1)) for t in steps]
    expected = [rate * (1 + height * (ratio - 1)) / ratio for height in heights]
    schedule = slanted_triangular(rate, 20, cut_frac=0.25, ratio=ratio)
    np.testing.assert_allclose(first(schedule, 20), expected)
    skipped = slanted_triangular(rate, 20, cut_frac=0.25, ratio=ratio, t=3)
    np.testing.assert_allclose(first(skipped, 5), expected[3:8])


def test_slanted_triangular_never_goes_below_its_lowest_rate() -> None:
    assert slanted_triangular(0.1, 20, ratio=10)(1000) == pytest.approx(0.01)
    assert min(first(slanted_triangular(0.1, 5, cut_frac=0.1), 50)) > 0


def test_cyclic_triangular_climbs_and_falls_in_turn() -> None:
    expected = [1.5, 2, 2.5, 3, 2.5, 2, 1.5, 1, 1.5, 2]
    np.testing.assert_allclose(first(cyclic_triangular(1, 3, 4), 10), expected)


def test_cyclic_triangular_agrees_with_torch() -> None:
    import torch

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    cyclic = torch.optim.lr_scheduler.CyclicLR(
        optimizer, base_lr=0.1, max_lr=0.5, step_size_up=7, cycle_momentum=False
    )
    schedule = cyclic_triangular(0.1, 0.5, 7)
    for step in range(40):
        optimizer.step()
        cyclic.step()  # torch begins at the foot, Thinc one step above it
        assert schedule(step) == pytest.approx(cyclic.get_last_lr()[0])


def test_constant_then_starts_the_other_one_at_its_own_beginning() -> None:
    schedule = constant_then(7.0, 2, decaying(1.0, 0.5))
    np.testing.assert_allclose(first(schedule, 4), [7, 7, 1, 1 / 1.5])
    assert first(constant_then(7.0, 2, iter([1.0, 2.0])), 5) == [7, 7, 1, 2, 2]


def test_plateau_scales_once_the_score_has_stopped_rising() -> None:
    schedule = plateau(2, 0.5, constant(1.0))
    scores = [(1, 0.3), (2, 0.4), (3, 0.4), (4, 0.1), (5, 0.2), (6, 0.5), (7, 0.2), (8, 0.2)]
    rates = [schedule(step, last_score=(step, score)) for step, score in scores]
    assert rates == [1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25]


def test_plateau_counts_an_evaluation_once() -> None:
    schedule = plateau(2, 0.5, constant(1.0))
    schedule(0, last_score=(0, 1.0))
    assert [schedule(step, last_score=(1, 0.5)) for step in range(5)] == [1.0] * 5


def test_the_state_of_a_schedule_inside_another_is_kept() -> None:
    def build() -> Schedule:
        return constant_then(1.0, 2, plateau(1, 0.5, constant(1.0)))

    old, new = build(), build()
    for step, score in [(2, 1.0), (3, 0.5)]:
        old(step, last_score=(step, score))
    next(old)
    assert new.differences(old.get_state(), "rate") == []
    new.set_state(old.get_state())
    assert (new(4), new.position) == (old(4), 1) == (0.5, 1)
    assert decaying(1.0, 0.1).differences(old.get_state(), "rate")
    assert constant_then(1.0, 2, constant(1.0)).differences(old.get_state(), "rate")


def test_a_function_of_the_users_is_called_with_the_schedule_and_the_step() -> None:
    def halved(schedule: Schedule, step: int, **extra: object) -> float:
        return float(schedule.attrs["top"]) / (step + 1)

    assert first(Schedule("halved", halved, attrs={"top": 6}), 3) == [6, 3, 2]


@pytest.mark.parametrize("number", [2, 2.0, True, np.float32(2), np.int64(2)])
def test_a_number_is_a_constant_schedule(number: float) -> None:
    assert as_schedule(number)(100) == float(number)


def test_a_list_ends_in_its_last_number_and_can_go_back() -> None:
    schedule = as_schedule([3, 2, 1])
    assert [schedule(step) for step in (6, 0, 1)] == [1, 3, 2]


def test_an_iterator_is_drawn_from_and_cannot_go_back() -> None:
    schedule = as_schedule(iter([3.0, 2.0, 1.0]))
    assert [schedule(step) for step in (0, 0, 2, 7)] == [3, 3, 1, 1]
    with pytest.raises(ConfigError, match="stands at step 7 and cannot go back to 3"):
        schedule(3)


@pytest.mark.parametrize("rate", [[], (), iter(()), "0.1", None, {}])
def test_what_gives_no_number_is_refused(rate: object) -> None:
    with pytest.raises(ValueError, match="rate"):
        as_schedule(rate)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ids)
def test_every_schedule_is_registered_with_all_its_arguments_annotated(name: str) -> None:
    function = registry.get("schedules", f"{name}.v1")
    for parameter in inspect.signature(function).parameters.values():
        assert parameter.annotation is not inspect.Parameter.empty
