"""Slopes measured by differences, and what to say when backprop claims others."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._run import Run, Variable
from ._scores import Score
from ._values import host
from ._wrong import WrongGradient

#: Tried in turn. A wrong gradient is wrong at each; a kink in the way spoils the larger ones.
STEPS = (1e-4, 1e-5, 1e-6, 1e-7)
#: How many entries of an array are measured one by one, once it is known to be wrong.
ENTRIES = 64

Direction = dict[str, Any]


def agrees(run: Run, score: Score, variable: Variable, rtol: float) -> bool:
    """Whether backprop's slope along a random direction is the measured one."""
    direction = _random_direction(run, variable)
    claimed = _claimed(variable, direction)
    norm = np.sqrt(sum(float((g * g).sum()) for g in variable.gradients.values()))
    return any(
        _near(claimed, slope, rtol * max(abs(slope), norm) + noise)
        for slope, noise in (_slope(run, score, variable, direction, step) for step in STEPS)
    )


def wrong_gradient(
    run: Run, score: Score, variable: Variable, rtol: float, *, fix: str
) -> WrongGradient:
    """The error that says what is off, by how much, and how it looks."""
    direction = _random_direction(run, variable)
    claimed = _claimed(variable, direction)
    slope = min(
        (_slope(run, score, variable, direction, step)[0] for step in STEPS),
        key=lambda slope: abs(slope - claimed),
    )
    entries = _chosen_entries(run, variable)
    says = host(np.array([float(variable.gradients[where][index]) for where, index in entries]))
    measured = host(np.array([measure(run, score, variable, *entry) for entry in entries]))
    scale = np.abs(measured).max(initial=0.0)
    off = host(np.flatnonzero(~(np.abs(says - measured) <= 1e-4 * max(scale, 1e-6))))
    facts: dict[str, object] = {
        "along a random direction": f"backprop says {claimed:.6g}, differences say {slope:.6g}",
        "off by": f"{abs(claimed - slope) / max(abs(slope), abs(claimed), 1e-300):.2g} of it",
    }
    if len(off):
        worst = int(off[np.argmax(np.nan_to_num(np.abs(says - measured)[off], nan=np.inf))])
        where, index = entries[worst]
        facts["entries"] = f"{len(off)} of the {len(entries)} measured are off"
        facts[f"worst, {where}{list(index)}"] = (
            f"backprop says {says[worst]:.6g}, differences say {measured[worst]:.6g}"
        )
    hint = _looks_like(says, measured, variable)
    return WrongGradient(
        f"{run.name}: the gradient of {variable.name} is wrong{hint}", fix=fix, **facts
    )


def measure(
    run: Run, score: Score, variable: Variable, where: str, index: tuple[int, ...]
) -> float:
    """The derivative by one entry."""
    direction = {place: leaf.array * 0 for place, leaf in variable.values.items()}
    direction[where][index] = 1.0
    return _slope(run, score, variable, direction, STEPS[1])[0]


def _random_direction(run: Run, variable: Variable) -> Direction:
    return {
        where: leaf.masked(run.normal(leaf.array.shape)) for where, leaf in variable.values.items()
    }


def _claimed(variable: Variable, direction: Direction) -> float:
    return sum(float((g * direction[where]).sum()) for where, g in variable.gradients.items())


def _slope(
    run: Run, score: Score, variable: Variable, direction: Direction, step: float
) -> tuple[float, float]:
    """The slope by differences of fourth order, and how much of it may be rounding."""
    arrays = [leaf.array for leaf in variable.values.values()]
    step *= max([1.0, *(float(abs(array).max()) for array in arrays if array.size)])
    try:
        at = {
            k: _value_at(run, score, variable, direction, k * step) for k in (-2.0, -1.0, 1.0, 2.0)
        }
    finally:
        variable.put({where: leaf.array for where, leaf in variable.values.items()})
    slope = (8 * (at[1.0] - at[-1.0]) - (at[2.0] - at[-2.0])) / (12 * step)
    noise = 100 * np.finfo("float64").eps * max(map(abs, at.values())) / step
    return slope, noise


def _value_at(run: Run, score: Score, variable: Variable, direction: Direction, by: float) -> float:
    moved = {where: leaf.array + by * direction[where] for where, leaf in variable.values.items()}
    variable.put(moved)
    return score.value(run.output())


def _near(a: float, b: float, tolerance: float) -> bool:
    return bool(np.isfinite(a)) and bool(np.isfinite(b)) and abs(a - b) <= tolerance


def _chosen_entries(run: Run, variable: Variable) -> list[tuple[str, tuple[int, ...]]]:
    entries = [
        (where, tuple(map(int, index)))
        for where, leaf in variable.values.items()
        for index in np.argwhere(leaf.masked(np.ones(leaf.array.shape)))
    ]
    if len(entries) <= ENTRIES:
        return entries
    chosen = run.random.choice(len(entries), ENTRIES, replace=False)
    return [entries[i] for i in sorted(chosen)]


def _looks_like(says: Any, measured: Any, variable: Variable) -> str:
    """How the two are related, where it is simple."""
    if not says.any():
        return ": backprop gives it none"
    if not measured.any():
        return ": nothing depends on it"
    factor = float((says * measured).sum() / (measured * measured).sum())
    if np.allclose(says, factor * measured, rtol=1e-4, atol=1e-6 * abs(measured).max()):
        return f": it is {factor:.4g} times the right one"
    shape = next(iter(variable.values.values())).array.shape
    if len(shape) == 2 and shape[0] == shape[1] and says.size == shape[0] * shape[1]:
        transposed = says.reshape(shape).T.ravel()
        return ": it is transposed" if np.allclose(transposed, measured, atol=1e-6) else ""
    return ""
