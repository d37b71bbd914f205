"""Shim: what a node holds when its parameters live in another framework.

A shim owns the foreign object, runs it, updates it, saves it as tensors. Subclasses
override what they can do; the model calls these and nothing else.
"""

# pyright: reportPrivateUsage=false
# Ids come from the counter that Node keeps, and the users of Node may not ask it.

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from .errors import BackpropError, CombinetError
from .node import Node
from .optimizers import Optimizer
from .paths import parameter_path
from .types import Parameter


class Shim:
    """A foreign object behind the interface that ``Model`` calls.

    Args:
        model: The foreign object.
        config: Settings that are saved with it.
        optimizer: One of its own, where it does not use the model's.
    """

    #: Tensors of a form that only the shim itself knows: a file may have them of another size.
    of_any_size: frozenset[str] = frozenset()

    def __init__(self, model: Any, config: Any = None, optimizer: Any = None) -> None:
        # From the counter of the nodes: an optimizer files both under (id, name).
        self.id = Node._next_id()
        self.cfg = config
        self._model = model
        self._optimizer = optimizer

    def __call__(self, inputs: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
        if is_train:
            return self.begin_update(inputs)
        return self.predict(inputs), self._no_backprop

    def predict(self, inputs: Any) -> Any:
        """The output alone."""
        raise self._cannot("predict")

    def begin_update(self, inputs: Any) -> tuple[Any, Callable[[Any], Any]]:
        """The output and its backprop."""
        raise self._cannot("train")

    @property
    def shares_arrays(self) -> bool:
        """Whether ``parameters`` gave the very arrays that the object computes with.

        No copies, that is: then they may be kept for the next step.
        """
        return False

    def parameters(self) -> Iterator[tuple[str, Any, Any]]:
        """(name, weights, gradient or None) of what an optimizer may change in place."""
        return iter(())

    def untaken(self, taken: set[int]) -> Iterator[tuple[str, Any, Any]]:
        """``parameters`` without what another shim of the tree holds too, and has given.

        Args:
            taken: Identities of what was given; those of this shim are added.
        """
        return self.parameters()

    def finish_update(self, optimizer: Any) -> None:
        """Take one optimizer step on every parameter that has a gradient."""

    def after_update(self, optimizer: Any) -> None:
        """What is left to do once ``optimizer`` took a step on what ``parameters`` gave it."""
        self.finish_update(optimizer)

    @contextmanager
    def use_params(self, params: Mapping[Any, Any]) -> Generator[None]:
        """Run with other parameters inside the block; put the own ones back after it."""
        yield

    def tensors(self) -> dict[str, Any]:
        """Everything that is saved, as NumPy arrays by name; None for what is not made yet."""
        raise self._cannot("save")

    def misfits(self, config: Any) -> list[str]:
        """What in the config of a file contradicts this shim, beside names and shapes."""
        return []

    def load_tensors(self, tensors: Mapping[str, Any]) -> None:
        """Take over what ``tensors`` of a like shim gave, after its config; all, or nothing."""
        raise self._cannot("load")

    def copy(self) -> Shim:
        """A deep copy under an id of its own, so that no optimizer mixes the two up."""
        raise self._cannot("copy")

    def to_device(self, device_type: str, device_id: int) -> None:
        """Move the parameters."""

    def to_dtype(self, dtype: str) -> None:
        """Cast the parameters that are floats."""

    def __getstate__(self) -> dict[str, Any]:
        return dict(self.__dict__)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update({**state, "id": Node._next_id()})

    def _no_backprop(self, dY: Any) -> Any:
        raise BackpropError(
            f"{type(self).__name__} cannot backprop after predict",
            fix="call begin_update(X), or model(X, is_train=True)",
        )

    def _cannot(self, what: str) -> CombinetError:
        return CombinetError(f"{type(self).__name__} cannot {what}")


def shim_rows(node: Node, path: str, taken: set[int]) -> Iterator[Parameter]:
    """What an optimizer takes of the shims of a node, by the names that files give it.

    Args:
        path: Of the node.
        taken: Identities of shims, and of what they hold, that are done; more are added.
    """
    for index, shim in enumerate(node.shims):
        if id(shim) not in taken:
            taken.add(id(shim))
            for name, weights, gradient in shim.untaken(taken):
                where = parameter_path(path, f"shim.{index}/{name}")
                yield Parameter(where, (shim.id, name), weights, gradient, node.name)


def take_step(optimizer: Optimizer, rows: Sequence[Parameter], nodes: Iterable[Node]) -> None:
    """The optimizer's batched step, and after it what the shims of the nodes have left to do."""
    optimizer.update(rows)
    for shim in dict.fromkeys(shim for node in nodes for shim in node.shims):
        shim.after_update(optimizer)
