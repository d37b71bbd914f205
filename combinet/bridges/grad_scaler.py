"""PyTorchGradScaler: keep the gradients of half precision above zero."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

import numpy as np

from .._guards import is_list, is_tuple
from ..errors import DTypeError, LoadError
from .arrays import import_torch, is_tensor

_PREFIX = "grad_scaler/"


class PyTorchGradScaler:
    """Multiplies gradients before backprop, divides them after, and adapts the factor.

    Small gradients become zero in float16; times a large factor they do not. When the factor
    was too large, some gradient is infinite: that step is skipped, and the factor backs off.
    After ``growth_interval`` steps without such an overflow it grows.

    Args:
        enabled: Without it, everything is left as it is.
        init_scale: The factor at first.
        backoff_factor: Times the factor after an overflow.
        growth_factor: Times the factor after ``growth_interval`` steps without one.
        growth_interval: In steps.

    Source:
        Micikevicius et al. 2018, "Mixed Precision Training", section 3.2.
    """

    def __init__(
        self,
        enabled: bool = False,
        init_scale: float = 2.0**16,
        backoff_factor: float = 0.5,
        growth_factor: float = 2.0,
        growth_interval: int = 2000,
    ) -> None:
        self.enabled, self.factor = enabled, init_scale
        self.backoff_factor, self.growth_factor = backoff_factor, growth_factor
        self.growth_interval = growth_interval
        self._steps_without_overflow = 0
        self._found_inf = False

    @property
    def found_inf(self) -> bool:
        """Whether a gradient was infinite since the last ``update``."""
        return self._found_inf

    def scale(self, tensors: Any, inplace: bool = False) -> Any:
        """A tensor, or several in a list, times the factor.

        Raises:
            DTypeError: It is neither.
        """
        if not self.enabled:
            return tensors
        if is_tensor(tensors):
            return tensors.mul_(self.factor) if inplace else tensors * self.factor
        if not (is_list(tensors) or is_tuple(tensors)):
            raise DTypeError(f"gradients are tensors; got {type(tensors).__name__}")
        return [self.scale(tensor, inplace) for tensor in tensors]

    def unscale(self, tensors: Iterable[Any]) -> bool:
        """Divide by the factor, in place; whether anything was infinite or NaN."""
        torch = import_torch()
        if not self.enabled:
            return False
        found = False
        with torch.no_grad():
            for tensor in tensors:
                tensor.mul_(1.0 / self.factor)
                found = found or not bool(torch.isfinite(tensor).all())
        self._found_inf = self._found_inf or found
        return found

    def update(self) -> None:
        """Adapt the factor after a step, taken or skipped."""
        if not self.enabled:
            return
        if self._found_inf:
            self.factor *= self.backoff_factor
            self._steps_without_overflow = 0
        else:
            self._steps_without_overflow += 1
            if self._steps_without_overflow == self.growth_interval:
                grown = self.factor * self.growth_factor
                self.factor = grown if isfinite(grown) else self.factor
                self._steps_without_overflow = 0
        self._found_inf = False

    def get_state(self) -> dict[str, float]:
        """What has to be saved to go on."""
        return {"factor": self.factor, "steps": float(self._steps_without_overflow)}

    def set_state(self, state: Mapping[str, float]) -> None:
        """Go on from what ``get_state`` gave."""
        self.factor, self._steps_without_overflow = state["factor"], int(state["steps"])

    def to_(self, device: Any) -> None:
        """Nothing to move: the factor is a number."""


def scaler_arrays(scaler: PyTorchGradScaler) -> dict[str, Any]:
    """What has to be saved of a grad scaler, by the names in files; nothing if it is disabled."""
    state = scaler.get_state() if scaler.enabled else {}
    return {_PREFIX + name: np.array(value) for name, value in state.items()}


def without_scaler(
    scaler: PyTorchGradScaler, tensors: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, float]]:
    """The other arrays of a file, and the state of its grad scaler.

    Raises:
        LoadError: One of the file and ``scaler`` has a state, and the other has none.
    """
    others = {name: array for name, array in tensors.items() if not name.startswith(_PREFIX)}
    state = {n.removeprefix(_PREFIX): float(a) for n, a in tensors.items() if n not in others}
    if state.keys() != (scaler.get_state().keys() if scaler.enabled else set()):
        raise LoadError(
            "the state of a grad scaler is in one of the model and the file",
            fix="wrap the module with the same mixed_precision and grad_scaler",
        )
    return others, state
