"""adapted: a function that makes a model of ours, as one that spaCy can call from a config."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from types import FunctionType
from typing import Any, get_args, get_origin, get_type_hints

from .._guards import is_list, is_tuple
from ..bridges import from_thinc, to_thinc
from ..bridges._thinc_containers import import_thinc
from ..model import Model
from ..registry import registry
from ..registry.calls import Call, call_of
from ..text._setting import Setting

#: Attributes of a model of Thinc's that models of ours around it ask for.
_KEPT = {"get_instances", "multi_label"}


def as_thinc(model: Any) -> Any:
    """A model of either library as one of Thinc's; a classifier can take more labels.

    Raises:
        MissingPackageError: Thinc is not installed.
        DTypeError: It is no model.
    """
    from .resize import can_grow, resize_output
    from .vectors import from_vocabulary

    if isinstance(model, import_thinc().Model):
        return model
    made = from_vocabulary(to_thinc(model))
    if can_grow(model):
        made.attrs["resize_output"] = resize_output
    return made


def adapted(kind: str, name: str, finish: Callable[[Any], Any] = as_thinc) -> Callable[..., Any]:
    """What is registered here under this name, as a function for a registry of Thinc's or spaCy's.

    Models of Thinc's among the arguments become ours, and the model that is made becomes one of
    Thinc's. Arguments, defaults and types stay, so that configs are filled and checked as usual.

    Args:
        kind: The registry here, such as "architectures".
        name: As registered here; it is the name to register there too.
        finish: From what the function makes to what the other library takes.
    """
    function = registry.get(kind, name)

    def build(*args: Any, **kwargs: Any) -> Any:
        given = {key: _ours(value) for key, value in kwargs.items()}
        return finish(function(*map(_ours, args), **given))

    signature = inspect.signature(function)
    hints = get_type_hints(function)
    parameters = [
        p.replace(annotation=_loosened(hints.get(p.name, Any)))
        for p in signature.parameters.values()
    ]
    build.__annotations__ = {p.name: p.annotation for p in parameters} | {"return": Any}
    build.__name__ = build.__qualname__ = function.__name__
    build.__doc__ = function.__doc__
    # What inspect, and so a config, takes for the signature.
    attributes: dict[str, Any] = {
        "__signature__": signature.replace(parameters=parameters, return_annotation=Any),
        "registered": name,
    }
    for key, value in attributes.items():
        setattr(build, key, value)
    return build


def _ours(value: Any) -> Any:
    if is_list(value) or is_tuple(value):
        return type(value)(map(_ours, value))
    if isinstance(value, import_thinc().Model):
        model = from_thinc(value)
        for name in _KEPT & value.attrs.keys():
            model.attrs[name] = _setting(value.attrs[name])
        return model
    return _named(value)


def _setting(value: Any) -> Any:
    is_function = callable(value) and not isinstance(value, Setting)
    return Setting(_named(value)) if is_function else value


def _named(value: Any) -> Any:
    """A function of spaCy's registries as one that our files can name, and compare."""
    if not isinstance(value, FunctionType) or call_of(value) is not None:
        return value
    known: Any = partial(value)
    known.made_by = Call("misc", f"{value.__module__}.{value.__qualname__}", (), {})
    return known


def _loosened(hint: Any) -> Any:
    """A model may be of either library, and a config checks nothing of what a block makes."""
    inside = [hint, get_origin(hint), *get_args(hint), *map(get_origin, get_args(hint))]
    return Any if Model in inside else hint
