"""RegularizerApplicator: regularizers for parameters picked by their paths."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from .._patterns import Patterns
from ..errors import BackpropError
from ..registry import registry
from ..types import Parameter
from .regularizer import Regularizer


class Regularized(Protocol):
    """What has a penalty: models do."""

    def parameters(self) -> Iterable[Parameter]: ...
    def walk(self) -> Iterable[Any]: ...


@registry.regularizers("RegularizerApplicator.v1")
class RegularizerApplicator:
    """Penalizes each parameter by the first regularizer whose expression is found in its path.

    Args:
        regexes: (regular expression, regularizer). A path is such as ``0.2/W``; a parameter that
            none is found in is left alone.

    Raises:
        ConfigError: An expression is malformed; when applied: one decides nothing.

    Example:
        >>> import numpy as np
        >>> from combinet import Linear, L2Regularizer, RegularizerApplicator
        >>> model = Linear(2, 3).initialize()
        >>> model.get_param("W")[:] = 1.0
        >>> penalty = RegularizerApplicator([("W$", L2Regularizer(alpha=0.5))])
        >>> penalty(model)
        3.0
        >>> penalty.add_gradients(model)
        >>> model.get_grad("W").tolist()
        [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    """

    def __init__(self, regexes: Sequence[tuple[str, Regularizer]] = ()) -> None:
        self._patterns = Patterns(regexes)

    def __call__(self, model: Regularized) -> float:
        """The sum of the penalties: what is to be added to the loss."""
        return float(sum(regularizer(row.weights) for row, regularizer in self._rows(model)))

    def add_gradients(self, model: Regularized) -> None:
        """Add the gradient of the penalty to what backpropagation has gathered.

        Raises:
            BackpropError: A wrapped module has not gathered any, or keeps it where it cannot be
                added to.
        """
        owners: dict[int, Any] = {node.id: node for node in model.walk()}
        owners |= {shim.id: shim for node in model.walk() for shim in node.shims}
        for row, regularizer in self._rows(model):
            gradient = _gradient_of(row, owners[row.key[0]])
            gradient += regularizer.get_grad(row.weights)

    def _rows(self, model: Regularized) -> Iterator[tuple[Parameter, Regularizer]]:
        rows = {row.path: row for row in model.parameters()}
        for path, regularizer in self._patterns.assign(list(rows)).items():
            yield rows[path], regularizer


def _gradient_of(row: Parameter, owner: Any) -> Any:
    """The array to add to: a node makes one of zeros, a wrapped module has its own."""
    if hasattr(owner, "accumulator"):
        return owner.accumulator(row.key[1])
    if row.gradient is None or not owner.shares_arrays:
        raise BackpropError(
            f"there is no gradient of {row.path} to add that of a penalty to",
            fix="call add_gradients() after backprop"
            if row.gradient is None
            else "penalize it where it lives: in the wrapped module",
        )
    return row.gradient
