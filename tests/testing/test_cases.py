"""Cases, samples and strategies: what the laws run on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from combinet.errors import CombinetError
from combinet.layers.linear import Linear
from combinet.model import Model
from combinet.registry import registry
from combinet.testing import NoCase, cases_of, register_case, sample_of
from combinet.testing.strategies import LAYOUTS, batches
from combinet.types import Floats2d, Floats3d, Ints1d, Padded, Ragged

KINDS: list[Any] = [Floats2d, Ints1d, list[Floats2d], Ragged, Padded, tuple[Floats2d, Ragged]]


@pytest.fixture
def name() -> Iterator[str]:
    """A name to register a layer under, for this test only."""
    yield "tests.layer.v1"
    registry.layers.unregister("tests.layer.v1")


def test_a_case_is_derived_from_the_annotations(name: str) -> None:
    @registry.layers(name)
    def layer(nO: int | None = None) -> Model[Floats2d, Floats2d]:
        return Linear(nO)

    (case,) = cases_of(name)
    assert case.batch(3).shape == (3, 5)
    assert case.model().predict(case.batch(3)).shape == (3, 4)


def test_a_constructor_that_needs_arguments_has_no_case_and_the_error_says_how(name: str) -> None:
    @registry.layers(name)
    def layer(nO: int) -> Model[Floats2d, Floats2d]:
        return Linear(nO)

    with pytest.raises(NoCase, match=r"its constructor needs nO\n.*register_case"):
        cases_of(name)


def test_an_input_that_has_no_sample_has_no_case(name: str) -> None:
    @registry.layers(name)
    def layer() -> Model[set[int], Floats2d]:
        raise AssertionError

    with pytest.raises(NoCase, match="there is no sample of"):
        cases_of(name)


def test_an_unparametrized_return_has_no_case(name: str) -> None:
    @registry.layers(name)
    def layer() -> Model:  # type: ignore[type-arg]
        raise AssertionError

    with pytest.raises(NoCase, match=r"not Model\[In, Out\]"):
        cases_of(name)


def test_a_variant_is_registered_once() -> None:
    register_case("tests.twice.v1", Linear, sample_of(Floats2d), variant="a")
    register_case("tests.twice.v1", Linear, sample_of(Floats2d), variant="b")
    with pytest.raises(CombinetError, match="there is a case"):
        register_case("tests.twice.v1", Linear, sample_of(Floats2d), variant="a")
    assert [repr(case) for case in cases_of("tests.twice.v1")] == [
        "tests.twice.v1[a]",
        "tests.twice.v1[b]",
    ]


def test_a_sample_has_the_asked_number_of_rows_or_sequences() -> None:
    rng = np.random.default_rng(0)
    for n in (0, 1, 4, 1000):
        assert sample_of(Floats3d)(rng, n).shape == (n, 2, 5)
        for kind in (Floats2d, Ints1d, list[Floats2d], Ragged, Padded):
            assert len(sample_of(kind)(rng, n)) == n


def test_of_three_sequences_one_is_as_short_as_allowed() -> None:
    for shortest in (0, 2):
        made = sample_of(Ragged, shortest=shortest)(np.random.default_rng(0), 3)
        assert min(made.lengths.tolist()) == shortest


def test_a_padded_sample_holds_zeros_behind_the_ends() -> None:
    made = sample_of(Padded)(np.random.default_rng(1), 6)
    assert made.lengths.tolist() == sorted(made.lengths, reverse=True)
    for column, length in enumerate(made.lengths):
        assert made.data[:length, column].all()
        assert not made.data[length:, column].any()


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_strategies_make_what_they_are_asked_for(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(KINDS))
    made = data.draw(batches(kind))
    assert len(made) <= 6
    again = made[0] if isinstance(made, tuple) else made
    assert type(again) in (np.ndarray, list, Ragged, Padded)


@pytest.mark.parametrize("kind", [Floats2d, list[Floats2d], Ragged, Padded])
def test_strategies_make_empty_batches(kind: Any) -> None:
    assert len(find(batches(kind), lambda batch: len(batch) == 0)) == 0


def test_strategies_make_strided_arrays() -> None:
    made = find(batches(Floats2d), lambda x: x.size > 9 and not x.flags.c_contiguous)
    assert not made.flags.c_contiguous


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_changes_no_number(layout: str) -> None:
    array = np.arange(12.0).reshape(4, 3)
    assert np.array_equal(LAYOUTS[layout](array), array)


def test_testing_imports_neither_hypothesis_nor_pytest() -> None:
    code = (
        "import sys, combinet.testing, combinet.testing.strategies; "
        "print({'hypothesis', 'pytest', 'torch'} & set(sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"
