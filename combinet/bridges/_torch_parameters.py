"""The parameters of a PyTorch module by name, and arrays on their memory, found once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from operator import is_
from typing import Any

import numpy as np

from ..errors import DTypeError
from ._torch_state import plain_name
from .arrays import import_torch, torch2xp

_VALUES: Any = dict.values  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


class ParameterTable:
    """What a walk over the tree of modules finds, for as long as the tree stays as it is.

    ``every`` has all parameters, ``named`` those that are made, with names and arrays, and
    ``copies`` those of which ``rows`` gave copies, with them.

    Args:
        module: Whose parameters these are. What of it changes in place, dtypes, memory,
            ``requires_grad``, is seen; for what is exchanged there is ``is_current``.
    """

    __slots__ = ("_seen", "_watched", "copies", "every", "named")

    def __init__(self, module: Any) -> None:
        torch = import_torch()
        named = [(plain_name(name), p) for name, p in module.named_parameters()]
        self.every = [p for _, p in named]
        made = [(name, p) for name, p in named if not torch.nn.parameter.is_lazy(p)]
        self.named = [(name, p, SharedArrays(p)) for name, p in made]
        self.copies: list[tuple[Any, Any]] = []
        modules: list[Any] = list(module.modules())
        changes_unseen = any(isinstance(each, torch.jit.ScriptModule) for each in modules)
        some_are_lazy = len(self.named) < len(named)
        self._watched: list[Any] | None = None
        if not changes_unseen and not some_are_lazy:
            self._watched = [d for each in modules for d in (each._parameters, each._modules)]
        self._seen = self._values()

    def is_current(self) -> bool:
        """Whether no module and no parameter was added, removed or exchanged since."""
        if self._watched is None:
            return False
        now = self._values()
        return len(now) == len(self._seen) and all(map(is_, now, self._seen))

    def _values(self) -> tuple[Any, ...]:
        return tuple(chain.from_iterable(map(_VALUES, self._watched or ())))

    def trained(self) -> list[Any]:
        """The parameters that gather gradients."""
        return [p for p in self.every if p.requires_grad]

    def rows(self, taken: set[int], *, is_sound: bool) -> Iterator[tuple[str, Any, Any]]:
        """Name, weights and gradient of what an optimizer may step.

        Args:
            taken: Identities of parameters that are not to be given; those given are added.
            is_sound: Without it, no gradient is.

        Raises:
            DTypeError: A complex parameter has a gradient.
        """
        self.copies = []
        for name, p, arrays in self.named:
            grad = p.grad if is_sound and p.requires_grad else None
            if id(p) in taken or not _is_real(name, p, grad):
                continue
            taken.add(id(p))
            if arrays.find(grad):
                yield name, arrays.weights, arrays.gradient
            elif p.requires_grad:
                yield (name, *self._copied(p, grad))

    def _copied(self, p: Any, grad: Any) -> tuple[Any, Any]:
        weights = p.detach().float().cpu().numpy().copy()
        self.copies.append((p, weights))
        return weights, None if grad is None else grad.float().cpu().numpy().copy()

    def write_back(self) -> None:
        """Let the parameters have what was written into the copies of them."""
        torch = import_torch()
        with torch.no_grad():
            for p, weights in self.copies:
                p.copy_(torch.from_numpy(weights))
        self.copies = []

    def zero_gradients(self) -> None:
        """Let gradients gather anew, in the same memory."""
        for p in self.every:
            if p.grad is not None:
                p.grad.zero_()


def _is_real(name: str, p: Any, grad: Any) -> bool:
    if grad is not None and p.is_complex():
        raise DTypeError(
            f"parameter {name!r} of the PyTorch module is complex, and optimizers step floats",
            fix="keep torch.view_as_real() of it as the parameter, or take an optimizer of torch: "
            "PyTorchShim(module, optimizer=...)",
        )
    return bool(p.is_floating_point())


class SharedArrays:
    """Arrays on the memory of a parameter and of its gradient.

    They are made once, and again when torch put either of them elsewhere.
    """

    __slots__ = ("_forms", "gradient", "p", "weights")

    def __init__(self, p: Any) -> None:
        self.p = p
        self.weights: Any = None
        self.gradient: Any = None
        self._forms: list[Any] = [None, None]

    def find(self, grad: Any) -> bool:
        """Look where both are now; whether arrays can share their memory at all."""
        p, forms = self.p, self._forms
        # An array keeps the memory it lies on, so that no other tensor can come to lie there.
        form = p.data_ptr(), p.shape, p.stride(), p.dtype
        if form != forms[0]:
            self.weights = None
            if p.dtype.itemsize >= 4:
                weights = torch2xp(p)
                if p.device.type == "cpu" or not isinstance(weights, np.ndarray):
                    self.weights = weights
            forms[0] = form
        if grad is None:
            self.gradient = forms[1] = None
        elif self.weights is not None:
            form = grad.data_ptr(), grad.shape, grad.stride(), grad.dtype
            if form != forms[1]:
                self.gradient, forms[1] = torch2xp(grad), form
        return self.weights is not None
