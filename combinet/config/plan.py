"""A checked config that is not built yet: plain values, and calls that are still to be made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .annotations import Unknown
from .problems import Path, Position


@dataclass
class Call:
    """One block with an ``@``.

    Args:
        label: As it stands in the config: ``@layers = "Linear.v1"``.
        name: The registered name.
        path: Of the section.
        at: Where the ``@`` stands.
        args: Positional arguments, calls among them.
        kwargs: Named arguments, calls among them.
        wanted: The type of each argument, by position or name, for checking what calls give.
        returns: The type of what it gives.
    """

    label: str
    name: str
    path: Path
    at: Position | str | None
    func: Any = None
    args: list[Any] = field(default_factory=list[Any])
    kwargs: dict[str, Any] = field(default_factory=dict[str, Any])
    wanted: dict[int | str, Any] = field(default_factory=dict[int | str, Any])
    returns: Any = Unknown
