"""Cases: how a registered layer is built for the laws, and on what data it runs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, get_args, get_overloads, get_type_hints

import numpy as np

from ..errors import CombinetError
from ..model import Model
from ..registry import registry
from .samples import Sample, sample_of

#: How wide a target is made, where a layer's output is still open.
TARGET_WIDTH = 4

_registered: dict[str, list[Case]] = {}


class NoCase(CombinetError, LookupError):
    """A registered layer that the laws cannot build by themselves, and that has no case."""


class Case:
    """One way to build a registered layer, and data for it.

    Args:
        name: As registered, ``Linear.v1``.
        build: Makes the model; called anew for each law.
        sample: ``sample(rng, n)`` makes a batch of n, see ``sample_of``.
        variant: Tells the cases of one name apart.
        target: Makes a sample of Y for initialize(), called like ``sample``; where it is
            omitted, sizes that ``X`` leaves open get a target of some width.
        skip: Laws that cannot hold, by name, each with the reason.
    """

    def __init__(
        self,
        name: str,
        build: Callable[[], Model[Any, Any]],
        sample: Sample,
        *,
        variant: str = "",
        target: Sample | None = None,
        skip: Mapping[str, str] | None = None,
    ) -> None:
        self.name, self.build, self.sample = name, build, sample
        self.variant, self.target, self.skip = variant, target, dict(skip or {})

    def __repr__(self) -> str:
        return f"{self.name}[{self.variant}]" if self.variant else self.name

    def batch(self, n: int, seed: int = 0) -> Any:
        """The same ``n`` rows or sequences for the same seed."""
        return self.sample(np.random.default_rng([seed, n]), n)

    def model(self, seed: int = 0) -> Model[Any, Any]:
        """A model, initialized with a batch of 4."""
        model, X, target = self.build(), self.batch(4), None
        if self.target is not None:
            target = self.target(np.random.default_rng(0), 4)
        elif model.check(X=X).open:
            target = np.zeros((4, TARGET_WIDTH), dtype="float32")
        return model.initialize(X=X, Y=target, seed=seed)


def register_case(
    name: str,
    build: Callable[[], Model[Any, Any]],
    sample: Sample,
    *,
    variant: str = "",
    target: Sample | None = None,
    skip: Mapping[str, str] | None = None,
) -> Case:
    """Say how the laws build a registered layer; a name may have several cases.

    See ``Case`` for the arguments.

    Raises:
        CombinetError: This name has a case of that variant.

    Example:
        >>> from combinet import Linear, with_array
        >>> from combinet.testing import register_case, sample_of
        >>> from combinet.types import Ragged
        >>> register_case("doctest.v1", lambda: with_array(Linear()), sample_of(Ragged))
        doctest.v1
    """
    case = Case(name, build, sample, variant=variant, target=target, skip=skip)
    known = _registered.setdefault(name, [])
    if any(other.variant == variant for other in known):
        raise CombinetError(f"there is a case {case!r} already", fix="give it another variant=")
    known.append(case)
    return case


def cases_of(name: str) -> list[Case]:
    """The cases registered for a layer, or the one that its annotations give.

    Raises:
        NoCase: There is neither.
    """
    return _registered.get(name) or [_derived(name)]


def _derived(name: str) -> Case:
    """A case from ``-> Model[In, Out]``, for a constructor that needs no argument."""
    constructor = registry.layers.get(name)
    needed = [
        parameter.name
        for parameter in inspect.signature(constructor).parameters.values()
        if parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD
    ]
    if needed:
        raise _no_case(name, f"its constructor needs {', '.join(needed)}")
    declared = get_overloads(constructor) or [constructor]
    signature = get_type_hints(declared[0]).get("return")
    if len(get_args(signature)) != 2:
        raise _no_case(name, f"it returns {signature!r}, not Model[In, Out]")
    try:
        sample = sample_of(get_args(signature)[0])
    except CombinetError as error:
        raise _no_case(name, str(error.what)) from error
    return Case(name, constructor, sample)


def _no_case(name: str, why: str) -> NoCase:
    return NoCase(
        f"{name} is registered, and the laws cannot build it: {why}",
        fix=f'combinet.testing.register_case("{name}", lambda: ..., sample_of(...))',
    )
