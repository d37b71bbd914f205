"""The functions of one kind by name: filled without importing anything."""

from __future__ import annotations

import functools
import importlib
import inspect
import sys
from collections.abc import Callable
from typing import Any, TypeVar, overload

from ..errors import RegistryError
from .calls import remembering
from .suggest import unknown

#: What `import combinet` leaves out and registers names too; imported when a name is missing.
_OWN_MODULES = tuple(
    "combinet.bridges combinet.losses combinet.metrics combinet.regularizers combinet.saving "
    "combinet.text combinet.training combinet.examples".split()
)

F = TypeVar("F", bound=Callable[..., Any])


class Registry:
    """The registered functions of one kind, for example all layers.

    Args:
        kind: The word after ``@`` in a config.
        entry_points: Look at what installed packages offer in the group ``combinet_<kind>``.
        remember: Let what the functions make know how they were called, for ``to_config``:
            registering gives a function of the same signature back, not the same function.
    """

    def __init__(self, kind: str, *, entry_points: bool = True, remember: bool = False) -> None:
        self.kind, self.entry_points, self.remember = kind, entry_points, remember
        self._table: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"<registry of {len(self._table)} {self.kind}>"

    @overload
    def register(self, name: str, func: F, *, override: bool = ..., remember: bool = ...) -> F: ...
    @overload
    def register(
        self, name: str, func: None = ..., *, override: bool = ..., remember: bool = ...
    ) -> Callable[[F], F]: ...
    def register(
        self, name: str, func: Any = None, *, override: bool = False, remember: bool = True
    ) -> Any:
        """Register a function: as a decorator, or given as ``func``.

        Running the same definition again (a module reloaded, a notebook cell run twice)
        replaces it; anything else under a taken name needs ``override=True``.

        Args:
            name: For configs, with a version: ``Linear.v1``.
            func: What makes the thing.
            override: Replace what has the name.
            remember: False where what it makes is described by the calls inside of it.

        Raises:
            RegistryError: The name is taken.
        """
        if func is None:
            return functools.partial(self._add, name, override=override, remember=remember)
        return self._add(name, func, override=override, remember=remember)

    __call__ = register

    def _add(self, name: str, func: Any, *, override: bool, remember: bool) -> Any:
        taken = self._table.get(name)
        if taken is not None and not (override or _same_definition(taken, func)):
            raise RegistryError(
                f"{name!r} is already registered in {self.kind}",
                registered=_describe(taken),
                new=_describe(func),
                fix="choose another name (a new version, say), or pass override=True",
            )
        remember = remember and self.remember
        self._table[name] = remembering(self.kind, name, func) if remember else func
        return self._table[name]

    def unregister(self, name: str) -> None:
        """Forget a function that was registered in this process."""
        if name not in self._table:
            raise self._unknown(name)
        del self._table[name]

    def __contains__(self, name: str) -> bool:
        return name in self._table or self._from_elsewhere(name) is not None

    def get(self, name: str) -> Any:
        """The function of that name: this process's own first, then those of entry points.

        Raises:
            RegistryError: There is none; names that look alike are shown.
        """
        found = self._table.get(name)
        found = self._from_elsewhere(name) if found is None else found
        if found is None:
            raise self._unknown(name)
        return found

    def get_all(self) -> dict[str, Any]:
        """Every function by name; loads all entry points of this kind."""
        return {**self._catalogue().get_all(), **self._table}

    def names(self) -> list[str]:
        """Every name, sorted; loads no entry points."""
        offered = _offered(f"combinet_{self.kind}") if self.entry_points else ()
        return sorted({*self._table, *offered})

    def _catalogue(self) -> Any:
        from catalogue import Registry as CatalogueRegistry  # type: ignore[import-untyped]

        return CatalogueRegistry(("combinet", self.kind), entry_points=self.entry_points)

    def _from_elsewhere(self, name: str) -> Any:
        for module in _OWN_MODULES if self.entry_points else ():
            importlib.import_module(module)
        if name in self._table:
            return self._table[name]
        elsewhere = self._catalogue()
        try:
            return elsewhere.get(name) if name in elsewhere else None
        except Exception as error:
            error.add_note(f"while loading {name!r}, an entry point of combinet_{self.kind}")
            raise

    def _unknown(self, name: str) -> RegistryError:
        return unknown(f"{name!r} is not registered in {self.kind}", name, self.names())


@functools.cache
def _offered(group: str) -> tuple[str, ...]:
    """The names of the entry points of a group."""
    from importlib.metadata import entry_points

    return tuple(point.name for point in entry_points(group=group))


def _same_definition(old: Any, new: Any) -> bool:
    """The same object, or the same lines of the same file run again."""
    if inspect.unwrap(old) is inspect.unwrap(new):
        return True
    if getattr(old, "__qualname__", old) != getattr(new, "__qualname__", new):
        return False
    interactive = not hasattr(sys.modules.get("__main__"), "__file__")
    if interactive and old.__module__ == new.__module__ == "__main__":
        return True
    where = _source(old)
    return where is not None and where == _source(new)


def _source(func: Any) -> tuple[str, int] | None:
    code = getattr(inspect.unwrap(func), "__code__", None)
    if code is not None:
        return code.co_filename, code.co_firstlineno
    try:
        return inspect.getfile(func), inspect.getsourcelines(func)[1]
    except (OSError, TypeError):
        return None


def _describe(func: Any) -> str:
    name = f"{getattr(func, '__module__', '?')}.{getattr(func, '__qualname__', repr(func))}"
    source = _source(func)
    return f"{name} ({source[0]}:{source[1]})" if source else name
