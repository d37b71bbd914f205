"""All kinds of registries, and building what a config describes with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import RegistryError
from .suggest import unknown
from .table import Registry

if TYPE_CHECKING:
    from ..config import Checked, Config


class Lookup(Protocol):
    """What a kind of registry must offer: ours does, and so do catalogue's."""

    def __contains__(self, name: str, /) -> bool: ...
    def get(self, name: str, /) -> Any: ...
    def get_all(self) -> dict[str, Any]: ...


class registry:  # noqa: N801 - Thinc's name; a class, so that it can be subclassed
    """All registries, and building what a config describes with them.

    Example:
        >>> from combinet.registry import registry
        >>> @registry.misc("doctest.twice.v1")
        ... def twice(x: int) -> int:
        ...     return 2 * x
        >>> registry.get("misc", "doctest.twice.v1")(4)
        8
    """

    architectures = Registry("architectures", remember=True)
    batchers = Registry("batchers")
    callbacks = Registry("callbacks")
    datasets = Registry("datasets")
    initializers = Registry("initializers", remember=True)
    layers = Registry("layers", remember=True)
    losses = Registry("losses")
    metrics = Registry("metrics")
    misc = Registry("misc", remember=True)
    ops = Registry("ops")
    optimizers = Registry("optimizers")
    readers = Registry("readers")
    regularizers = Registry("regularizers")
    schedules = Registry("schedules")
    tokenizers = Registry("tokenizers")
    trainers = Registry("trainers")

    @classmethod
    def create(cls, registry_name: str, entry_points: bool = False) -> Registry:
        """Add a kind of registry to this class.

        Raises:
            RegistryError: There is one, or the class uses the name otherwise.
        """
        if hasattr(cls, registry_name):
            raise RegistryError(f"there is already a registry {registry_name!r}")
        made = Registry(registry_name, entry_points=entry_points)
        setattr(cls, registry_name, made)
        return made

    @classmethod
    def kinds(cls) -> dict[str, Lookup]:
        """The registries by name, those of base classes too."""
        found: dict[str, Any] = {
            name: getattr(cls, name) for name in dir(cls) if not name.startswith("_")
        }
        return {name: x for name, x in found.items() if hasattr(x, "get_all")}

    @classmethod
    def has(cls, registry_name: str, func_name: str) -> bool:
        """Whether a function of that name can be got."""
        kinds = cls.kinds()
        return registry_name in kinds and func_name in kinds[registry_name]

    @classmethod
    def get(cls, registry_name: str, func_name: str) -> Any:
        """The function registered under a name.

        Raises:
            RegistryError: No such registry, or no such name in it.
        """
        kinds = cls.kinds()
        if registry_name not in kinds:
            what = f"there is no registry {registry_name!r}"
            raise unknown(what, registry_name, sorted(kinds))
        return kinds[registry_name].get(func_name)

    @classmethod
    def resolve(
        cls,
        config: Mapping[str, Any],
        *,
        schema: Any = None,
        overrides: Mapping[str, Any] | None = None,
        validate: bool = True,
    ) -> Config:
        """Build what a config describes: every block with an ``@`` becomes what it calls.

        Nothing is called before everything is found valid.

        Args:
            schema: For sections that are not calls: a mapping from a section's name to the
                function whose arguments it holds; or a pydantic model of the whole config.
            overrides: Values by dotted key, such as ``{"model.width": 64}``.
            validate: False skips the checks of types.

        Raises:
            ConfigError: All problems, with file, line, section, key and fix.
        """
        from ..config import resolve

        return resolve(cls, config, schema=schema, overrides=overrides, validate=validate)

    @classmethod
    def check(
        cls,
        config: Mapping[str, Any],
        *,
        schema: Mapping[str, Callable[..., Any]] | None = None,
        overrides: Mapping[str, Any] | None = None,
    ) -> Checked:
        """Find all that is wrong with a config, and build nothing yet.

        What it gives builds section by section, so that one may need what another gave.

        Raises:
            ConfigError: All problems, with file, line, section, key and fix.
        """
        from ..config import check

        return check(cls, config, schema=schema, overrides=overrides)

    @classmethod
    def fill(
        cls,
        config: Mapping[str, Any],
        *,
        schema: Any = None,
        overrides: Mapping[str, Any] | None = None,
        validate: bool = True,
    ) -> Config:
        """The config with the default of every argument it leaves out; nothing is called.

        Raises:
            ConfigError: All problems, with file, line, section, key and fix.
        """
        from ..config import fill

        return fill(cls, config, schema=schema, overrides=overrides, validate=validate)
