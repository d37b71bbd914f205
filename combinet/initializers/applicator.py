"""InitializerApplicator: new first values for parameters picked by their paths."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from .._patterns import Patterns
from ..errors import ShapeError
from ..ops import Ops
from ..registry import registry
from ..rng import derive_key, generator, next_root_seed, using_generator
from ..types import Parameter
from ._draw import Initializer


class Initialized(Protocol):
    """What has parameters: models do."""

    key: int | None

    def parameters(self) -> Iterable[Parameter]: ...
    def walk(self) -> Iterable[Any]: ...


@registry.initializers("InitializerApplicator.v1")
class InitializerApplicator:
    """Fills each parameter by the first initializer whose expression is found in its path.

    Args:
        regexes: (regular expression, initializer). A path is such as ``0.2/W``; a parameter that
            none is found in stays as it is.
        prevent_regexes: Parameters in whose path one of these is found stay as they are.

    Raises:
        ConfigError: An expression is malformed; when applied: one decides nothing.
        ShapeError: When applied: an initializer does not fit. Nothing was changed then.

    Example:
        >>> from combinet import InitializerApplicator, Linear, configure_uniform_init
        >>> model = Linear(2, 3).initialize()
        >>> fill = InitializerApplicator([("W$", configure_uniform_init(lo=5, hi=6))])
        >>> fill(model)
        >>> bool(model.get_param("W").min() >= 5)
        True
    """

    def __init__(
        self,
        regexes: Sequence[tuple[str, Initializer]] = (),
        prevent_regexes: Sequence[str] = (),
    ) -> None:
        self._patterns = Patterns(regexes, prevent_regexes)

    def __call__(self, model: Initialized, *, seed: int | None = None) -> None:
        """Write into the parameters of a model that is initialized.

        Args:
            model: Its parameters keep their arrays; only the numbers in them change.
            seed: Of the draws. The model's own where omitted, so that equally seeded models
                stay equal.
        """
        if seed is None:
            seed = next_root_seed() if model.key is None else model.key
        rows = {row.path: row for row in model.parameters()}
        ops = {node.id: node.ops for node in model.walk()}
        ops |= {shim.id: node.ops for node in model.walk() for shim in node.shims}
        made = {
            path: _made(init, ops[rows[path].key[0]], rows[path], seed)
            for path, init in self._patterns.assign(list(rows)).items()
        }
        for path, array in made.items():
            rows[path].weights[...] = array


def _made(init: Initializer, ops: Ops, row: Parameter, seed: int) -> object:
    with using_generator(generator(derive_key(seed, "applicator", row.path))):
        array = init(ops, row.weights.shape)
    if array.shape != row.weights.shape:
        raise ShapeError(
            f"the initializer of {row.path} made {array.shape}, not {row.weights.shape}"
        )
    return array
