"""with_signpost_interval: mark a layer's work for Instruments on macOS."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Protocol, TypeVar

from ..errors import DTypeError
from ..model import Model
from ._around import put_around

AnyModel = TypeVar("AnyModel", bound=Model[Any, Any])


class Signposter(Protocol):
    """What the package ``os_signpost`` calls a Signposter."""

    def use_interval(self, begin_msg: str, /) -> AbstractContextManager[Any]:
        """Mark the block as an interval."""
        ...


def with_signpost_interval(
    layer: AnyModel, signposter: Signposter, name: str | None = None
) -> AnyModel:
    """Mark init, forward and backprop as signpost intervals, in place; returns the layer itself.

    Args:
        layer: Changed in place.
        signposter: Of the package ``os_signpost``.
        name: Intervals are called ``"<name> forward"`` and so on; the layer's own name when
            omitted.

    Raises:
        DTypeError: What is given is no signposter.
    """
    if not hasattr(signposter, "use_interval"):
        raise DTypeError(
            f"with_signpost_interval takes a Signposter, got {type(signposter).__name__}",
            fix="make one with the package os_signpost, on macOS",
        )
    return put_around(layer, partial(_phase, signposter, layer.name if name is None else name))


def _phase(
    signposter: Signposter, name: str, phase: str, *arguments: Any
) -> AbstractContextManager[Any]:
    return signposter.use_interval(f"{name} {phase}")
