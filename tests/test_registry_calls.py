"""Registered functions let what they make remember the call, and are otherwise what they were."""

from __future__ import annotations

import inspect
import pickle
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any, get_overloads, get_type_hints

import pytest

from combinet import Model, Relu, chain, with_array
from combinet.registry import Registry
from combinet.registry.calls import Call, Foreign, call_of


@pytest.fixture
def layers() -> Registry:
    return Registry("layers", entry_points=False, remember=True)


def make(width: int = 3, *, given: Any = None) -> Model[Any, Any]:
    """Make a node."""
    return Model(f"node{width}", _forward)


def _forward(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
    return X, lambda dY: dY


def call_that_made(made: Any) -> Call:
    call = call_of(made)
    assert call is not None
    return call


def test_a_registered_function_keeps_its_name_signature_and_help(layers: Registry) -> None:
    registered = layers("make.v1")(make)
    assert registered.__name__ == "make"
    assert registered.__doc__ == "Make a node."
    assert inspect.signature(registered) == inspect.signature(make)
    assert get_type_hints(registered) == get_type_hints(make)
    assert inspect.getsource(registered) == inspect.getsource(make)


def test_a_registered_function_keeps_its_overloads() -> None:
    assert len(get_overloads(chain)) > 1


def test_a_registered_function_pickles_by_name() -> None:
    assert pickle.loads(pickle.dumps(Relu)) is Relu


def test_the_function_of_the_registry_is_the_one_that_the_decorator_gives(layers: Registry) -> None:
    assert layers("make.v1")(make) is layers.get("make.v1")


def test_registering_the_same_function_again_is_no_conflict(layers: Registry) -> None:
    layers("make.v1", func=make)
    layers("make.v1", func=make)
    layers("make.v1", func=layers.get("make.v1"))


def test_a_model_remembers_the_call_that_made_it(layers: Registry) -> None:
    call = call_that_made(layers("make.v1", func=make)(5, given="x"))
    assert (call.kind, call.name, call.args, call.kwargs) == (
        "layers",
        "make.v1",
        (5,),
        {"given": "x"},
    )


def test_the_outermost_call_is_remembered(layers: Registry) -> None:
    inner = layers("inner.v1", func=make)
    outer = layers("outer.v1", func=lambda width: inner(width))
    assert call_that_made(outer(4)).name == "outer.v1"


def test_a_call_keeps_the_call_of_a_model_it_was_given_not_the_model() -> None:
    layer = Relu(4)
    before = layer.made_by
    assert call_that_made(with_array(layer)).args == (before,)


def test_what_is_made_by_no_registered_function_is_kept_by_name(layers: Registry) -> None:
    call = call_that_made(layers("make.v1", func=make)(given=[Model("plain", _forward)]))
    assert isinstance(call.kwargs["given"][0], Foreign)
    assert call.kwargs["given"][0].what == "the model 'plain'"


def test_objects_that_no_config_can_hold_are_not_held(layers: Registry) -> None:
    class Heavy:
        pass

    call = call_that_made(layers("make.v1", func=make)(given=Heavy()))
    assert call.kwargs["given"].what == "a Heavy"


class Color(Enum):
    RED = "red"


@pytest.mark.parametrize("value", [None, 1, 2.5, "x", Path("a"), Color.RED, [1, [2]], {"a": (1,)}])
def test_plain_arguments_are_kept_as_they_are(layers: Registry, value: Any) -> None:
    assert call_that_made(layers("make.v1", func=make)(given=value)).kwargs["given"] is value


def test_a_row_that_grows_later_grows_in_the_call_too(layers: Registry) -> None:
    labels = ["A"]
    call = call_that_made(layers("make.v1", func=make)(given=labels))
    labels.append("B")
    assert call.kwargs["given"] == ["A", "B"]


def test_a_local_function_does_not_keep_a_model_from_pickling(layers: Registry) -> None:
    model = layers("make.v1", func=make)(given=lambda: None)
    assert "lambda" in call_that_made(model).kwargs["given"].what
    pickle.dumps(model)


def test_a_partial_remembers_its_call_and_a_function_of_a_module_does_not() -> None:
    inits = Registry("initializers", entry_points=False, remember=True)
    assert call_of(inits("partial.v1", func=lambda: partial(make, 3))()) is not None
    assert call_of(inits("plain.v1", func=lambda: make)()) is None
    assert not hasattr(make, "made_by")


def test_a_class_is_registered_as_it_is(layers: Registry) -> None:
    class Layer:
        pass

    assert layers("layer.v1")(Layer) is Layer


def test_an_error_in_a_registered_function_is_its_own(layers: Registry) -> None:
    with pytest.raises(TypeError, match=r"make\(\) got an unexpected keyword argument 'depth'"):
        layers("make.v1", func=make)(depth=3)
