"""The weights of a foreign module as NumPy arrays, and back: verified, without pickle."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..errors import LoadError, ShapeError
from ._lent import Variable

#: NumPy has no bfloat16: its bits travel as uint16, under a name that says so.
BITS = ":bfloat16"


def state_arrays(variables: Mapping[str, Variable]) -> dict[str, Any]:
    """The numbers of every variable by name."""
    return dict(_stored(name, variable) for name, variable in variables.items())


def load_state_arrays(
    framework: str, variables: Mapping[str, Variable], arrays: Mapping[str, Any]
) -> None:
    """Write into the variables what ``state_arrays`` of like ones gave; all of it, or nothing.

    Raises:
        LoadError: Names, shapes or kinds of numbers differ; every difference is listed.
    """
    here = state_arrays(variables)
    refuse(framework, differences(here, arrays))
    for name, variable in variables.items():
        given = arrays.get(name)
        variable.write(_from_bits(arrays[name + BITS]) if given is None else given)


def differences(here: Mapping[str, Any], given: Mapping[str, Any]) -> list[str]:
    """What keeps arrays from a file from taking the place of those that are here."""
    problems = [f"{name}: missing in the file" for name in here if name not in given]
    problems += [f"{name}: unexpected in the file" for name in given if name not in here]
    for name in here.keys() & given.keys():
        mine, other = here[name], given[name]
        if (mine.shape, mine.dtype) != (other.shape, other.dtype):
            problems.append(
                f"{name}: {mine.dtype} {mine.shape} here, {other.dtype} {other.shape} in the file"
            )
    return sorted(problems)


def refuse(framework: str, problems: list[str]) -> None:
    """Raise if there are any.

    Raises:
        LoadError: There are.
    """
    if problems:
        raise LoadError(
            f"the weights do not fit the {framework} module: {len(problems)} differences",
            differences="".join(f"\n    {problem}" for problem in problems),
            fix="wrap the same module as when it was saved; nothing was changed",
        )


@contextmanager
def using(values: Mapping[str, tuple[Variable, Any]]) -> Generator[None]:
    """Inside the block, variables have the numbers of these arrays.

    Raises:
        ShapeError: One has another shape than its variable.
    """
    own = {name: (variable, np.array(variable.read())) for name, (variable, _) in values.items()}
    for name, (_, array) in values.items():
        if tuple(array.shape) != own[name][1].shape:
            raise ShapeError(
                f"{name!r} has another shape than the weight of the module",
                weight=own[name][1].shape,
                given=tuple(array.shape),
            )
    try:
        for variable, array in values.values():
            variable.write(array)
        yield
    finally:
        for variable, array in own.values():
            variable.write(array)


def _stored(name: str, variable: Variable) -> tuple[str, Any]:
    array = variable.read()
    if array.dtype.name == "bfloat16":
        return name + BITS, array.view("uint16")
    return name, array


def _from_bits(bits: Any) -> Any:
    """bfloat16 is the upper half of a float32."""
    return (bits.astype("uint32") << 16).view("float32")
