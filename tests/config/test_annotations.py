"""Annotations, evaluated as far as their names are known and shown as one would write them."""

# ruff: noqa: UP006, UP035, UP045 - both spellings of types must be understood

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, List, Literal, NewType, Optional, TypeVar

import pytest

from combinet.config.annotations import Unknown, annotations_of, is_open, plain, show
from combinet.config.signatures import ANYTHING, signature_of, takes
from combinet.types import Floats2d, Ints1d, ListXd, Ragged

if TYPE_CHECKING:
    from somewhere import NotThere  # type: ignore[import-not-found]

    from combinet.types import Floats3d

T = TypeVar("T")


def test_postponed_annotations_are_evaluated() -> None:
    def f(X: list[Floats2d], n: int = 1) -> Ragged:
        raise AssertionError

    assert annotations_of(f) == {"X": list[Floats2d], "n": int, "return": Ragged}


def test_names_for_type_checkers_only_are_found_among_the_types() -> None:
    def f(X: Floats3d) -> None: ...

    assert show(annotations_of(f)["X"]) == "Floats3d"


def test_an_unknown_name_leaves_the_rest_of_an_annotation_known() -> None:
    def f(X: dict[str, NotThere[int]], y: int) -> Optional[NotThere]: ...

    types = annotations_of(f)
    assert types["X"] == dict[str, Unknown]
    assert types["y"] is int


def test_an_annotation_that_is_no_type_is_unchecked() -> None:
    def f(x: Any, y: Any, z: Any) -> None: ...

    f.__annotations__ = {"x": "1 / 0", "y": "no type at all", "z": "NotThere.inner"}
    types = annotations_of(f)
    assert is_open(types["x"])
    assert is_open(types["y"])
    assert is_open(types["z"])


def test_a_text_inside_an_evaluated_annotation_is_evaluated_too() -> None:
    def f(x: Any) -> None: ...

    f.__annotations__["x"] = List["int"]
    assert annotations_of(f)["x"] == list[int]


def test_local_classes_are_found_where_the_function_uses_them() -> None:
    class Local:
        pass

    def f(x: list[Local]) -> object:
        return Local

    assert annotations_of(f)["x"] == list[Local]


def test_a_class_gives_itself() -> None:
    class Thing:
        def __init__(self, size: int) -> None: ...

    assert annotations_of(Thing)["return"] is Thing
    assert signature_of(Thing).arguments["size"].annotation is int


def test_a_callable_object_is_read_by_its_call() -> None:
    class Adder:
        def __call__(self, x: int) -> float:
            return x + 1.0

    assert signature_of(Adder()).returns is float
    assert signature_of(Adder()).arguments["x"].annotation is int


def test_a_partial_and_a_wrapped_function_are_read_through() -> None:
    def f(x: int, y: str) -> float:
        return 0.0

    @functools.wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return f(*args, **kwargs)

    assert signature_of(wrapped).arguments["y"].annotation is str
    assert signature_of(functools.partial(f, y="a")).arguments["x"].annotation is int


def test_a_function_in_c_that_hides_its_signature_takes_anything() -> None:
    assert signature_of(max) == ANYTHING
    assert takes(max, "whatever")


def test_takes_knows_parameters_and_further_keywords() -> None:
    def f(x: int) -> None: ...
    def g(**more: int) -> None: ...

    assert takes(f, "x")
    assert not takes(f, "y")
    assert takes(g, "y")


def test_wrappers_that_say_nothing_are_taken_off() -> None:
    assert plain(Annotated[NewType("Width", int), "wide"]) is int


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (int, "int"), (None, "None"), (Any, "Any"), (Unknown, "Any"), (T, "T"),
        (Floats2d, "Floats2d"),
        (List[Floats2d], "list[Floats2d]"), (dict[str, Ints1d], "dict[str, Ints1d]"),
        (Optional[int], "int | None"), (int | str, "int | str"), (ListXd, "ListXd"),
        (Literal["a", 1], "'a' | 1"), (tuple[int, ...], "tuple[int, ...]"),
        (Callable[[int], str], "Callable[[int], str]"), (Callable[..., Any], "Callable[..., Any]"),
        (Sequence[Ragged], "Sequence[Ragged]"), (List, "List"),
    ],
)  # fmt: skip
def test_types_are_shown_as_one_would_write_them(annotation: Any, text: str) -> None:
    assert show(annotation) == text
