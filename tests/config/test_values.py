"""Values from a config as the types of parameters."""

# ruff: noqa: UP006, UP007, UP035, UP045 - both spellings of types must be understood

from __future__ import annotations

import collections.abc
import enum
from pathlib import Path
from typing import (
    Annotated,
    Any,
    Callable,
    Dict,
    Generator,
    Iterable,
    List,
    Literal,
    NewType,
    Optional,
    Protocol,
    Sequence,
    Tuple,
    TypedDict,
    TypeVar,
    Union,
)

import numpy as np
import pytest

from combinet.config.values import Misfit, conform
from combinet.types import Floats2d, Ragged

T = TypeVar("T")
Width = NewType("Width", int)


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Options(TypedDict, total=False):
    x: int


class Sized(Protocol):
    def __len__(self) -> int: ...


class Thing:
    def __repr__(self) -> str:
        return "Thing()"  # the same in every process, for the ids of the cases


THING = Thing()

GOOD: list[tuple[Any, Any, Any]] = [
    (3, int, 3), (3, float, 3.0), (2.5, float, 2.5), (True, bool, True), ("a", str, "a"),
    ("a/b", Path, Path("a/b")), ("a/b", Union[str, Path], "a/b"), ("a", Optional[Path], Path("a")),
    (None, Optional[int], None), (None, None, None), (3, int | None, 3),
    (3, Union[float, str], 3.0), (3, Union[float, int], 3), ("fast", Literal["fast", 1], "fast"),
    ([1, 2], list[int], [1, 2]), ([1, 2], List[float], [1.0, 2.0]), ([], list, []),
    ([1, "a"], tuple[int, str], (1, "a")), ([1, 2], Tuple[int, ...], (1, 2)), ([1], tuple, (1,)),
    ([], Tuple[()], ()), ([[1, 2]], list[tuple[int, int]], [(1, 2)]),
    ([1, 1], set[int], {1}), ([1], frozenset[int], frozenset({1})),
    ({"a": 1}, dict[str, float], {"a": 1.0}), ({"a": 1}, Dict, {"a": 1}),
    ({"a": {"b": 1}}, dict[str, dict[str, int]], {"a": {"b": 1}}),
    ({"a": 1}, collections.abc.Mapping[str, int], {"a": 1}),
    (["a"], Sequence[str], ["a"]), ([1], Iterable[float], [1.0]),
    (len, Callable[[Any], int], len), (len, collections.abc.Callable, len),
    (3, Any, 3), (3, object, 3), (3, T, 3), (3, Width, 3), (3, Annotated[int, "x"], 3),
    ("red", Color, Color.RED), ("RED", Color, Color.RED), ({"x": 1}, Options, {"x": 1}),
    (THING, Thing, THING), (THING, Optional[Thing], THING),
    ([[1.0]], Floats2d, [[1.0]]), (2, Floats2d, 2), (["a"], Sized, ["a"]),
    (np.float32(2), float, np.float32(2)), (np.int64(2), int, np.int64(2)),
]  # fmt: skip

BAD: list[tuple[Any, Any]] = [
    (3.0, int), (True, int), ("3", int), (None, int), (True, float), ("3", float), (1, bool),
    ("true", bool), (3, str), (None, str), (["a"], str), (3, Path), ("quick", Literal["fast"]),
    (10**400, float), (True, Literal[1]), (1, Literal[True]), ("x", Optional[int]),
    (True, Union[int, str]),
    ((1,), list[int]), ("ab", list[str]), ([1, True], list[int]), ({"a": 1}, list), ([1], dict),
    ([1], tuple[int, int]), ("ab", tuple[str, str]), (3, set[int]), ([[1]], set[Any]),
    ({"a": "b"}, dict[str, int]), ("a", Sequence[str]), ({"a": 1}, Iterable[str]),
    ("len", Callable[[Any], int]), ({"a": 1}, Callable), ("green", Color), (3, Options),
    ("thing", Thing), ({"x": 1}, Thing), (3, Thing), ("a", Floats2d), (None, Floats2d),
    (True, Floats2d), ({}, Floats2d), (3, Sized), ([1], Ragged), ([1, 2], Generator[int, Any, Any]),
]  # fmt: skip


@pytest.mark.parametrize(("value", "annotation", "wanted"), GOOD, ids=repr)
def test_a_value_is_taken_as_its_type(value: Any, annotation: Any, wanted: Any) -> None:
    made = conform(value, annotation)
    assert made == wanted
    assert type(made) is type(wanted)


@pytest.mark.parametrize(("value", "annotation"), BAD, ids=repr)
def test_a_value_of_another_type_is_refused(value: Any, annotation: Any) -> None:
    with pytest.raises(Misfit, match="expected "):
        conform(value, annotation)


def test_a_generator_is_not_used_up_by_the_check() -> None:
    numbers = (i for i in range(3))
    assert conform(numbers, Iterable[str]) is numbers
    assert list(numbers) == [0, 1, 2]


def test_a_misfit_deep_inside_says_where() -> None:
    with pytest.raises(Misfit) as caught:
        conform({"a": {"b": [1, "x"]}}, dict[str, dict[str, list[int]]])
    assert caught.value.keys == ("a", "b")
    assert caught.value.what == 'item 2: expected int, got str "x"'


def test_a_misfit_in_a_mapping_in_a_list_says_where() -> None:
    with pytest.raises(Misfit, match=r"item 2 in 'a': expected int"):
        conform([{}, {"a": "x"}], list[dict[str, int]])


def test_a_pydantic_model_takes_a_mapping_and_says_what_is_wrong() -> None:
    pydantic = pytest.importorskip("pydantic")
    point = pydantic.create_model("point", x=(int, ...))
    assert conform({"x": 1}, point).x == 1
    with pytest.raises(Misfit, match="valid integer"):
        conform({"x": "one"}, point)


@pytest.mark.parametrize(
    ("value", "annotation", "made"),
    [
        ([[3, 1], [5, 2]], collections.abc.Mapping[int, int], {3: 1, 5: 2}),
        ([[3, 1]], dict[int, int] | None, {3: 1}),
        ([["a", 1], [None, 2]], collections.abc.Mapping[Any, int], {"a": 1, None: 2}),
        ([[1, 2]], dict, {1: 2}),
        ([[1, 2]], collections.abc.Mapping[int, int] | collections.abc.Mapping[str, int], {1: 2}),
        (
            [["1", 2]],
            collections.abc.Mapping[int, int] | collections.abc.Mapping[str, int],
            {"1": 2},
        ),
        ([[1, 2]], dict[int, int] | list[list[int]], [[1, 2]]),
    ],
)
def test_pairs_are_a_mapping_where_no_list_is_wanted(
    value: Any, annotation: Any, made: Any
) -> None:
    assert conform(value, annotation) == made


@pytest.mark.parametrize("value", [[], [1], [[1]], [[1, 2, 3]], [[[1], 2]], [[1, 2], [1, 3]]])
def test_what_are_no_pairs_is_no_mapping(value: Any) -> None:
    with pytest.raises(Misfit):
        conform(value, dict[Any, Any])
