"""PyTorchGradScaler: keep the gradients of half precision above zero."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

from .._guards import is_list, is_tuple
from ..errors import DTypeError
from .arrays import import_torch, is_tensor


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
