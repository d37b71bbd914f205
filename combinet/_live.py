"""What caches may rely on: one number for the process, which changes whenever a model does.

A model tells of every change of its structure: its layers, parameters, gradients, forward
function and ops. What was made from a structure, such as a plan or an optimizer's table, holds
as long as the number is the one it was made at; after that it compares what it was made from.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

Item = TypeVar("Item")
Key = TypeVar("Key")
Value = TypeVar("Value")

_numbers = count(1)


class Epoch:
    """The number, for whoever is fast enough to look."""

    __slots__ = ("number",)

    def __init__(self) -> None:
        self.number = 0


EPOCH = Epoch()


def changed() -> None:
    """Tell everybody that some model is not what it was.

    Call it after the change: whoever looks in between would keep what is old. No number comes
    twice, in threads neither.
    """
    EPOCH.number = next(_numbers)


def _telling(method: Callable[..., Any]) -> Any:
    @wraps(method)
    def telling(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *args, **kwargs)
        finally:
            changed()

    return telling


class LiveList(list[Item]):
    """A list that tells when it changes."""

    __slots__ = ()

    if not TYPE_CHECKING:
        __setitem__ = _telling(list.__setitem__)
        __delitem__ = _telling(list.__delitem__)
        __iadd__ = _telling(list.__iadd__)
        __imul__ = _telling(list.__imul__)
        append = _telling(list.append)
        extend = _telling(list.extend)
        insert = _telling(list.insert)
        pop = _telling(list.pop)
        remove = _telling(list.remove)
        clear = _telling(list.clear)
        reverse = _telling(list.reverse)
        sort = _telling(list.sort)


class LiveDict(dict[Key, Value]):
    """A dict that tells when it changes."""

    __slots__ = ()

    if not TYPE_CHECKING:
        __setitem__ = _telling(dict.__setitem__)
        __delitem__ = _telling(dict.__delitem__)
        __ior__ = _telling(dict.__ior__)
        update = _telling(dict.update)
        setdefault = _telling(dict.setdefault)
        pop = _telling(dict.pop)
        popitem = _telling(dict.popitem)
        clear = _telling(dict.clear)


class Watched:
    """A class whose instances tell when one of ``_structure``, their attributes, is set."""

    __slots__ = ()
    _structure: frozenset[str] = frozenset()

    if not TYPE_CHECKING:  # else every attribute could be set, for a type checker

        def __setattr__(self, name: str, value: Any) -> None:
            object.__setattr__(self, name, value)
            if name in self._structure:
                changed()
