"""Whether what one function gives can be what another one takes."""

# ruff: noqa: UP006, UP007, UP035, UP045 - both spellings of types must be understood

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Any, Generic, List, Literal, Optional, Protocol, TypeVar, Union

import numpy as np
import pytest

from combinet.config.annotations import show
from combinet.config.compare import bound, fits, substituted
from combinet.types import (
    ArrayXd,
    Floats1d,
    Floats2d,
    FloatsXd,
    Ints1d,
    Ints2d,
    List2d,
    ListXd,
    Padded,
    Ragged,
)

T = TypeVar("T")
S = TypeVar("S")


class Model(Generic[T, S]):
    pass


class Doc(Protocol):
    def __len__(self) -> int: ...
    def __getitem__(self, i: int, /) -> Any: ...


class Base:
    pass


class Derived(Base):
    def __call__(self, x: int) -> int:
        return x


FIT: list[tuple[Any, Any]] = [
    (Floats2d, FloatsXd), (FloatsXd, Floats2d), (Ints1d, ArrayXd), (List[Floats2d], list[FloatsXd]),
    (Model[Floats2d, Floats2d], Model[FloatsXd, FloatsXd]), (Model, Model[Floats2d, Floats2d]),
    (Model[Any, Any], Model[Floats2d, Ragged]), (Model[T, T], Model[Ragged, Ragged]),
    (Model[List[Doc], Floats2d], Model[list[list[str]], Floats2d]), (np.ndarray, Floats2d),
    (ListXd, list[Floats2d]), (list[Floats2d], List2d), (Optional[int], int), (int, float | None),
    (int, float), (Derived, Base), (Base, Derived), (Derived, Callable[[int], int]),
    (list[int], Sequence[int]), (Generator[int, None, None], Iterable[int]), (list[int], Iterable),
    (tuple[int, int], tuple[int, ...]), (Literal["a"], str), (str, Literal["a"]), (None, Any),
    (None, Optional[int]), (Callable[[int], int], Callable[[str], str]), (Any, int),
    (bool, int),
]  # fmt: skip

CLASH: list[tuple[Any, Any]] = [
    (Floats2d, Floats1d), (Floats2d, Ints2d), (Floats2d, list[Floats2d]),
    (List[Floats2d], Floats2d),
    (Ragged, Floats2d), (Ragged, Padded), (Padded, list[Floats2d]), (str, int), (None, int),
    (Model[Floats2d, Floats2d], Model[List[Floats2d], Floats2d]),
    (Model[Floats2d, Ints2d], Model[Floats2d, Floats2d]), (Model[Ragged, Any], Model[Padded, Any]),
    (Ragged, ListXd),
    (float, int), (Union[str, None], Union[int, float]), (Base, Callable[[int], int]),
    (list[int], list[str]), (tuple[int, int], tuple[int, int, int]), (Literal["a"], int),
    (tuple[str, str], tuple[int, ...]), (int, Base), (dict[str, int], dict[str, str]),
]  # fmt: skip


@pytest.mark.parametrize(("given", "wanted"), FIT, ids=lambda x: show(x))
def test_types_that_can_fit_do(given: Any, wanted: Any) -> None:
    assert fits(given, wanted)


@pytest.mark.parametrize(("given", "wanted"), CLASH, ids=lambda x: show(x))
def test_types_that_can_never_fit_do_not(given: Any, wanted: Any) -> None:
    assert not fits(given, wanted)


def test_type_variables_stand_for_what_was_given() -> None:
    variables: dict[Any, Any] = {}
    bound(Model[T, S], Model[Ragged, Floats2d], variables)
    assert substituted(Model[S, list[T]], variables) == Model[Floats2d, list[Ragged]]
    assert substituted(T, variables) is Ragged


def test_type_variables_that_nothing_was_given_for_stay_open() -> None:
    assert fits(substituted(Model[T, T], {}), Model[Ragged, Floats2d])
