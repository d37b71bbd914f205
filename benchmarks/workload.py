"""What a workload is: the cases to run, the arrays they start from, and who runs them.

The file of a workload is imported by every worker, each with its own interpreter, so it imports no
library before its builder is called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Arrays: TypeAlias = Mapping[str, Any]
Settings: TypeAlias = Mapping[str, Any]


def nothing() -> None:
    """What most works need to be done before them."""


@dataclass(frozen=True)
class Work:
    """Something to measure.

    Args:
        run: Does it once.
        before: Makes ready for one run; not measured.
    """

    run: Callable[[], object]
    before: Callable[[], object] = nothing


@dataclass(frozen=True)
class Entrant:
    """One library with one case built in it.

    Args:
        works: What is measured, by name.
        answers: Arrays by name that all entrants must agree on. Called on an entrant of its
            own, built without dropout, before anything is measured.
    """

    works: Mapping[str, Work]
    answers: Callable[[], Arrays]


@dataclass(frozen=True)
class Case:
    """One size of a workload; ``settings`` go to the builders, as JSON."""

    label: str
    settings: Settings
    in_quick: bool = True


#: ``build(settings, given, variant)``: see ``contestants.CONTESTANTS`` for the variants.
Builder: TypeAlias = Callable[[Settings, Arrays, str], Entrant]
#: FLOPs and bytes of main memory that one run of a work cannot do without.
Roof: TypeAlias = Callable[[Settings, str], tuple[float, float]]


@dataclass(frozen=True)
class Workload:
    """See the fields.

    Args:
        given: Makes the weights and the data of a case; every library copies the same in.
        builders: By library.
        bars: By work and contestant, how many times faster than it combinet should be; of
            "roof", how many times slower than the machine's limit it may be. A work named
            "train, depth 1" in no bars takes those of "train".
        threads: Thread counts; with one, CPU time is measured, with more, wall time.
        clock: Another clock than that.
        tolerance: How far answers may differ, as a part of the largest number among them.
        variants: Take part in it, of the libraries that ``builders`` names; all if empty.
    """

    name: str
    cases: Sequence[Case]
    given: Callable[[Settings], Arrays]
    builders: Mapping[str, Builder]
    bars: Mapping[str, Mapping[str, float]] = field(default_factory=dict[str, Mapping[str, float]])
    roof: Roof | None = None
    threads: tuple[int, ...] = (1, 2)
    clock: Literal["cpu", "wall"] | None = None
    tolerance: float = 1e-4
    variants: tuple[str, ...] = ()
