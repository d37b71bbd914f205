"""The gradients of a node's parameters, which gather until an optimizer takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .errors import ShapeError
from .types import FloatsXd

if TYPE_CHECKING:
    from .ops import Ops


class Gradients:
    """Base of ``Node``: gradients by the name of their parameter."""

    __slots__ = ()

    if TYPE_CHECKING:
        name: str
        ops: Ops
        _grads: dict[str, Any]
        _params: dict[str, Any]

        def get_param(self, name: str) -> Any: ...
        def _require(self, kind: str, name: str, table: Mapping[str, Any]) -> None: ...

    @property
    def grad_names(self) -> tuple[str, ...]:
        """The parameters that have a gradient."""
        return tuple(self._grads)

    def has_grad(self, name: str) -> bool:
        """Whether a gradient was ever added for this parameter."""
        return name in self._grads

    def get_grad(self, name: str) -> Any:
        """The gradient gathered so far.

        Raises:
            UnknownName: Nothing was added yet.
        """
        self._require("gradient", name, self._grads)
        return self._grads[name]

    def maybe_get_grad(self, name: str) -> Any:
        """The gradient gathered so far, or None."""
        return self._grads.get(name)

    def set_grad(self, name: str, value: FloatsXd) -> None:
        """Replace a gradient."""
        self._grads[name] = value

    def inc_grad(self, name: str, value: FloatsXd) -> None:
        """Add to a gradient; the first time, take a copy.

        Raises:
            ShapeError: It does not have the shape of the parameter, if that is made.
        """
        known = self._grads.get(name)
        param = self._params.get(name) if known is None else known
        if param is not None and param.shape != value.shape:
            raise ShapeError(
                f"the gradient of {name!r} of {self.name!r} has another shape than it",
                gradient=value.shape,
                parameter=param.shape,
            )
        if known is None:
            given: Any = value
            dtype = given.dtype if param is None else param.dtype
            self._grads[name] = given.astype(dtype, order="C")
        else:
            known += value

    def accumulator(self, name: str) -> Any:
        """The array to add this parameter's gradient into: zeros at first use."""
        grad = self._grads.get(name)
        if grad is None:
            param = self.get_param(name)
            grad = self._grads[name] = self.ops.xp.zeros(param.shape, dtype=param.dtype)
        return grad
