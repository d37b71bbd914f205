"""What a task predicts with: its numbers, put aside and put back; and averages in their place."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from math import prod
from typing import Any

import numpy as np

from ..errors import CombinetError
from ..model import Model
from ..optimizers import Optimizer
from ..shims import Shim
from .task import Trainable


class Kept:
    """A copy of the numbers that a task predicts with.

    Of a wrapped module it has all, such as the means of a batch normalization and the weights
    that an optimizer of the module's own trains; of anything else the parameters.

    Args:
        task: Whose numbers these are.
    """

    def __init__(self, task: Trainable) -> None:
        self.modules: dict[Shim, dict[str, Any]] = {}
        for shim in shims_of(task):
            try:
                self.modules[shim] = {n: _copied(x) for n, x in shim.tensors().items()}
            except CombinetError:  # it cannot be saved; its parameters can be kept
                continue
        whole = {shim.id for shim in self.modules}
        rows = (row for row in task.parameters() if row.key[0] not in whole)
        self.weights: dict[str, Any] = {row.path: row.weights.copy() for row in rows}

    def put_back(self, task: Trainable) -> None:
        """Let the task predict with these."""
        for row in task.parameters():
            if row.path in self.weights:
                row.weights[...] = self.weights[row.path]
        for shim, tensors in self.modules.items():
            shim.load_tensors(tensors)

    def tensors(self) -> dict[str, Any]:
        """All of it by name, for a file."""
        named = {f"weights/{path}": array for path, array in self.weights.items()}
        for number, arrays in enumerate(self.modules.values()):
            named |= {f"module/{number}/{n}": x for n, x in arrays.items() if x is not None}
        return named

    def take(self, tensors: Mapping[str, Any]) -> None:
        """Take over what ``tensors`` of one of a like task gave."""
        for path, array in self.weights.items():
            self.weights[path] = np.asarray(tensors[f"weights/{path}"], like=array)
        for number, shim in enumerate(self.modules):
            names = self.modules[shim]
            self.modules[shim] = {n: tensors.get(f"module/{number}/{n}") for n in names}


@contextmanager
def averaged(task: Trainable, optimizer: Any) -> Generator[None]:
    """Inside the block the task predicts with the averages that the optimizer keeps, if any."""
    averages = _averages(optimizer) if isinstance(optimizer, Optimizer) else {}
    with ExitStack() as stack:
        for network in networks_of(task).values() if averages else ():
            stack.enter_context(network.use_params(averages))
        yield


def networks_of(task: Any) -> dict[str, Model[Any, Any]]:
    """The models of a ``Task`` by name; none of what only has the methods of ``Trainable``."""
    networks = getattr(task, "networks", None)
    return {} if networks is None else networks()


def _averages(optimizer: Optimizer) -> dict[Any, Any]:
    """By parameter. They start at zero: what that takes from them in the first steps is added."""
    found: dict[Any, Any] = {}
    for key, average in (optimizer.averages or {}).items():
        if steps := optimizer.nr_update.get(key):
            share = _share_of_start(steps)
            found[key] = average / (1 - share) if share else average
    return found


def _share_of_start(steps: int) -> float:
    """How much of an average is still what it started at, by the decay of ``update_averages``."""
    return prod((1 + t) / (10 + t) for t in range(1, steps + 1)) if steps < 30 else 0.0


def shims_of(task: Any) -> list[Shim]:
    """The wrapped modules of a ``Task``, each once."""
    nodes = (node for network in networks_of(task).values() for node in network.walk())
    return list(dict.fromkeys(shim for node in nodes for shim in node.shims))


def _copied(array: Any) -> Any:
    return None if array is None else array.copy()
