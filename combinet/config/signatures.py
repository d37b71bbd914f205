"""What a registered function takes and gives."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .annotations import Unknown, annotations_of

EMPTY: Any = inspect.Parameter.empty


@dataclass(frozen=True)
class Argument:
    """One parameter."""

    name: str
    annotation: Any
    default: Any
    by_position_only: bool = False
    by_keyword_only: bool = False

    @property
    def required(self) -> bool:
        """Whether it has to be given."""
        return self.default is EMPTY


@dataclass(frozen=True)
class Signature:
    """The parameters by name, the type of each further one, and the type of the result.

    Args:
        star: The type of ``*args``; None without.
        double_star: The type of ``**kwargs``; None without.
    """

    arguments: dict[str, Argument] = field(default_factory=dict[str, Argument])
    star: Any = None
    double_star: Any = None
    returns: Any = Unknown


ANYTHING = Signature(star=Unknown, double_star=Unknown)


def signature_of(func: Callable[..., Any]) -> Signature:
    """The signature of a function, class or callable object; ``ANYTHING`` where it hides it."""
    try:
        parameters = _signature(func).parameters.values()
    except (TypeError, ValueError):  # written in C
        return ANYTHING
    types = annotations_of(func)
    arguments: dict[str, Argument] = {}
    star = double_star = None
    for p in parameters:
        annotation = types.get(p.name, Unknown)
        if p.kind is p.VAR_POSITIONAL:
            star = annotation
        elif p.kind is p.VAR_KEYWORD:
            double_star = annotation
        else:
            only = p.kind is p.POSITIONAL_ONLY, p.kind is p.KEYWORD_ONLY
            arguments[p.name] = Argument(p.name, annotation, p.default, *only)
    return Signature(arguments, star, double_star, types.get("return", Unknown))


def takes(func: Callable[..., Any], name: str) -> bool:
    """Whether a function has a parameter of that name, or takes any."""
    signature = signature_of(func)
    return name in signature.arguments or signature.double_star is not None


def _signature(func: Callable[..., Any]) -> inspect.Signature:
    if sys.version_info >= (3, 14):
        import annotationlib

        return inspect.signature(func, annotation_format=annotationlib.Format.FORWARDREF)
    return inspect.signature(func)
