"""Shim: what a node holds when its parameters live in another framework.

A shim owns the foreign object, runs it, updates it, saves it as tensors. Subclasses
override what they can do; the model calls these and nothing else.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from .errors import CombinetError


class Shim:
    """A foreign object behind the interface that ``Model`` calls.

    Args:
        model: The foreign object.
        config: Settings that are saved with it.
        optimizer: One of its own, where it does not use the model's.
    """

    _ids: ClassVar[Iterator[int]] = itertools.count(1)

    def __init__(self, model: Any, config: Any = None, optimizer: Any = None) -> None:
        self.id = next(Shim._ids)
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

    def finish_update(self, optimizer: Any) -> None:
        """Take one optimizer step on every parameter that has a gradient."""

    @contextmanager
    def use_params(self, params: Mapping[Any, Any]) -> Generator[None]:
        """Run with other parameters inside the block; put the own ones back after it."""
        yield

    def tensors(self) -> dict[str, Any]:
        """Everything that is saved, as NumPy arrays by name."""
        raise self._cannot("save")

    def load_tensors(self, tensors: Mapping[str, Any]) -> None:
        """Take over what ``tensors`` of a like shim gave; all of it, or nothing."""
        raise self._cannot("load")

    def copy(self) -> Shim:
        """A deep copy under an id of its own, so that no optimizer mixes the two up."""
        raise self._cannot("copy")

    def to_device(self, device_type: str, device_id: int) -> None:
        """Move the parameters."""

    def _no_backprop(self, dY: Any) -> Any:
        raise self._cannot("backprop after predict")

    def _cannot(self, what: str) -> CombinetError:
        return CombinetError(f"{type(self).__name__} cannot {what}")
