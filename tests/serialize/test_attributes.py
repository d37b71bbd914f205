"""Attributes come back as they were, of the same types, or are refused by name."""

from __future__ import annotations

import math
from collections import OrderedDict, namedtuple
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from combinet.errors import LoadError, SaveError
from combinet.model import Model
from combinet.registry import registry
from combinet.serialize import deserialize_attr, serialize_attr
from combinet.types import Unserializable

Net = Model[Any, Any]


def _same(model: Net, X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    return X, lambda dY: dY


def holding(value: Any) -> Net:
    return Model("holder", _same, attrs={"x": value})


def back(value: Any, before: Any = None) -> Any:
    """The attribute after it went through a file into a model that had ``before``."""
    loaded = holding(before)
    loaded.from_bytes(holding(value).to_bytes())
    return loaded.attrs["x"]


def alike(one: Any, other: Any) -> bool:
    """Equal, and of the same types all the way down."""
    if type(one) is not type(other):
        return False
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, dict):
        return alike(list(one.items()), list(other.items()))
    if isinstance(one, (set, frozenset)):
        return one == other and sorted(map(repr, one)) == sorted(map(repr, other))
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and one.shape == other.shape and bool((one == other).all())
    if isinstance(one, slice):
        return alike((one.start, one.stop, one.step), (other.start, other.stop, other.step))
    return bool(repr(one) == repr(other))


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.complex_numbers()
    | st.just(...)
    | st.builds(np.float32, st.floats(width=32))
    | st.builds(np.int64, st.integers(-(2**63), 2**63 - 1))
    | st.builds(np.bool_, st.booleans())
)
keys = st.none() | st.booleans() | st.integers() | st.text() | st.binary() | st.tuples(st.text())
values = st.recursive(
    scalars | st.builds(slice, st.none() | st.integers(), st.integers()),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(keys, inner)
        | st.sets(keys)
        | st.frozensets(keys)
    ),
    max_leaves=10,
)


@given(values)
def test_plain_values_come_back_equal_and_of_the_same_types(value: Any) -> None:
    assert alike(back(value), value)


@pytest.mark.parametrize(
    "value",
    [
        (1, (2, [3, (4,)])),
        {1: "a", (2, 3): "b", "c": {b"d": None}},
        {"!tuple": [1]},
        {"z": 1, "a": 2},
        {"x": np.float32("nan"), "y": -0.0, "z": math.inf},
        [np.int8(-3), np.bool_(True), np.float16(0.1)],
        bytearray(b"ab"),
        "\ud800 \x00 \" \\ 日本",
        2**200,
        slice(None, 3),
    ],
)  # fmt: skip
def test_types_that_json_lacks_come_back(value: Any) -> None:
    assert alike(back(value), value)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "uint8", "bool", "float16"])
def test_arrays_come_back_with_dtype_and_shape(dtype: str) -> None:
    value = np.arange(6).reshape(2, 3).astype(dtype)
    found = back(value.T)
    assert alike(found, value.T)
    assert found.flags.c_contiguous
    assert found.flags.writeable
    assert alike(back(value[:0]), value[:0])
    assert alike(back(np.array(3, dtype)), np.array(3, dtype))


def test_arrays_are_tensors_of_the_file_under_the_name_of_the_attribute() -> None:
    value = {"a": np.arange(3), "b": (np.ones(2),)}
    tensors = holding(value).to_dict()["tensors"]
    assert sorted(tensors) == ["attr.x", "attr.x#1"]
    assert alike(back(value), value)


def test_equal_sets_give_equal_bytes() -> None:
    one, other = holding({0, 8}), holding({8, 0})
    assert list(one.attrs["x"]) != list(other.attrs["x"])
    assert one.to_bytes() == other.to_bytes()


@pytest.fixture
def functions() -> Iterator[tuple[Any, Any]]:
    def one() -> int:
        return 1

    def two() -> int:
        return 2

    registry.misc("test.one.v1", one)
    registry.misc("test.two.v1", two)
    yield one, two
    registry.misc.unregister("test.one.v1")
    registry.misc.unregister("test.two.v1")


def test_a_registered_function_is_compared_by_name_and_kept(functions: Any) -> None:
    one, two = functions
    assert back(one, before=one) is one
    nested = {"f": (one, [two])}
    assert back(nested, before={"f": (two, [one])}) == nested


def test_a_function_other_than_the_saved_one_is_refused(functions: Any) -> None:
    one, two = functions
    with pytest.raises(LoadError, match=r"attr.x: misc:test.two.v1 here, misc:test.one.v1 in it"):
        back(one, before=two)
    with pytest.raises(LoadError, match=r"no such function here, misc:test.one.v1 in it"):
        back(one, before=None)


def test_a_registered_class_is_treated_like_a_function() -> None:
    class Reader:
        pass

    registry.misc("test.reader.v1", Reader)
    try:
        assert back(Reader, before=Reader) is Reader
    finally:
        registry.misc.unregister("test.reader.v1")


class Custom:
    def __init__(self, text: str) -> None:
        self.text = text


Point = namedtuple("Point", "x y")


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (lambda: 1, "function"),
        (len, "builtin_function_or_method"),
        (Custom("a"), "Custom"),
        ([1, {2: Custom("a")}], "Custom"),
        (Point(1, 2), "Point"),
        (OrderedDict(a=1), "OrderedDict"),
        (np.array(["a"]), "<U1"),
        (np.array([None]), "object"),
        (np.datetime64("2020-01-01"), "datetime64"),
        (np.ma.masked_array([1, 2], [True, False]), "MaskedArray"),
    ],
)
def test_what_has_no_faithful_form_is_refused_with_path_and_attribute(
    value: Any, name: str
) -> None:
    model = Model("outer", _same, layers=[Model("a", _same), holding(value)])
    with pytest.raises(SaveError) as caught:
        model.to_bytes()
    assert "attribute 'x' of 'holder' cannot be saved" in str(caught.value)
    assert "path: 1/attr.x" in str(caught.value)
    assert name in str(caught.value)


def test_a_value_that_contains_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(SaveError, match="it contains itself"):
        holding(value).to_bytes()


def test_unserializable_is_left_out_and_stays_what_it_is_here() -> None:
    saved, loaded = holding(Unserializable(len)), holding(Unserializable(max))
    assert "x" not in saved.to_dict()["nodes"][""]["attrs"]
    loaded.from_bytes(saved.to_bytes())
    assert loaded.attrs["x"].obj is max


def test_a_type_of_ones_own_is_saved_by_the_functions_registered_for_it() -> None:
    class Alphabet:
        def __init__(self, letters: str) -> None:
            self.letters = letters

    @serialize_attr.register(Alphabet)
    def _(_: Any, value: Any, name: str, model: Net) -> bytes:
        return f"{name}:{model.name}:{value.letters}".encode()

    with pytest.raises(LoadError, match="no deserialize_attr is registered for Alphabet"):
        back(Alphabet("abc"), before=Alphabet(""))

    @deserialize_attr.register(Alphabet)
    def _(_: Any, value: bytes, name: str, model: Net) -> Any:
        return Alphabet(value.decode())

    assert back(Alphabet("abc"), before=Alphabet("")).letters == "x:holder:abc"


def test_the_default_of_the_two_functions_round_trips_plain_values_and_arrays() -> None:
    model = holding(None)
    value = {"a": (1, b"c"), "b": np.arange(4.0).reshape(2, 2)}
    data = serialize_attr(value, value, "x", model)
    assert isinstance(data, bytes)
    assert alike(deserialize_attr(value, data, "x", model), value)


def test_the_default_refuses_functions_and_odd_arrays(functions: Any) -> None:
    model = holding(None)
    with pytest.raises(SaveError):
        serialize_attr(len, len, "x", model)
    with pytest.raises(SaveError):
        serialize_attr(None, np.array(["a"]), "x", model)
    data = serialize_attr(functions[0], functions[0], "x", model)
    with pytest.raises(LoadError):
        deserialize_attr(None, data, "x", model)


@pytest.mark.parametrize(
    "tagged",
    [
        {"!unknown": 1},
        {"!tuple": [1], "!set": []},
        {},
        {"a": 1},
        {"!tuple": 5},
        {"!set": [[1]]},
        {"!dict": [[1]]},
        {"!dict": [[[1], 2]]},
        {"!bytes": "?"},
        {"!bytes": 3},
        {"!own": "?"},
        {"!scalar": ["float32", "00"]},
        {"!scalar": ["object", "00"]},
        {"!scalar": ["float32"]},
        {"!float": "12"},
        {"!slice": [1, 2, 3, 4]},
        {"!complex": ["a", "b"]},
        {"!array": "attr.y"},
        {"!array": 3},
        {"!array": "0/W"},
        {"!registered": "os.system"},
        {"!registered": ["misc", "os.system"]},
        [{"!nested": 1}],
    ],
)
def test_malformed_tags_are_refused(tagged: Any) -> None:
    message = holding(None).to_dict()
    message["nodes"][""]["attrs"]["x"] = tagged
    with pytest.raises(LoadError, match="1 difference"):
        holding("before").from_dict(message)


def test_an_attribute_nested_without_end_is_refused() -> None:
    tagged: Any = 1
    for _ in range(100_000):
        tagged = [tagged]
    message = holding(None).to_dict()
    message["nodes"][""]["attrs"]["x"] = tagged
    with pytest.raises(LoadError, match="nested too deep"):
        holding("before").from_dict(message)
