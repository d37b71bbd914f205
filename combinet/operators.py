"""The operators between models: ``>>`` is chain, and so on, in every thread.

Each combinator enters itself into the default table. ``Model.define_operators`` replaces
the whole table inside its block and puts the old one back, also after an exception.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from .errors import OperatorError

if TYPE_CHECKING:
    from .model import Model

In = TypeVar("In")
Out = TypeVar("Out")
Next = TypeVar("Next")

_DEFAULTS: dict[str, Callable[..., Any]] = {}
_table: ContextVar[Mapping[str, Callable[..., Any]]] = ContextVar("operators", default=_DEFAULTS)


def default_operator(symbol: str, combinator: Callable[..., Any]) -> None:
    """Make ``a <symbol> b`` mean ``combinator(a, b)`` wherever no block says otherwise."""
    _DEFAULTS[symbol] = combinator


def _apply(symbol: str, left: object, right: object) -> Any:
    combinator = _table.get().get(symbol)
    if combinator is None:
        raise OperatorError(
            f"Undefined operator: {symbol}",
            defined=" ".join(sorted(_table.get())) or "none",
            fix=f'Model.define_operators({{"{symbol}": combinator}}) defines it inside its block',
        )
    return combinator(left, right)


class Composable(Generic[In, Out]):
    """What writes ``a >> b``. The types are those of the default table."""

    __slots__ = ()

    @classmethod
    @contextmanager
    def define_operators(cls, operators: Mapping[str, Callable[..., Any]]) -> Generator[None]:
        """Let operators mean these combinators, and no others, inside the block."""
        token = _table.set(dict(operators))
        try:
            yield
        finally:
            _table.reset(token)

    def __rshift__(self, other: Model[Out, Next]) -> Model[In, Next]:
        result: Model[In, Next] = _apply(">>", self, other)
        return result

    def __add__(self, other: Model[In, Out]) -> Model[In, Out]:
        result: Model[In, Out] = _apply("+", self, other)
        return result

    def __or__(self, other: Model[In, Out]) -> Model[In, Out]:
        result: Model[In, Out] = _apply("|", self, other)
        return result

    def __pow__(self, other: int) -> Model[In, Out]:
        result: Model[In, Out] = _apply("**", self, other)
        return result

    def __sub__(self, other: Any) -> Any:
        return _apply("-", self, other)

    def __mul__(self, other: Any) -> Any:
        return _apply("*", self, other)

    def __matmul__(self, other: Any) -> Any:
        return _apply("@", self, other)

    def __truediv__(self, other: Any) -> Any:
        return _apply("/", self, other)

    def __floordiv__(self, other: Any) -> Any:
        return _apply("//", self, other)

    def __mod__(self, other: Any) -> Any:
        return _apply("%", self, other)

    def __lshift__(self, other: Any) -> Any:
        return _apply("<<", self, other)

    def __and__(self, other: Any) -> Any:
        return _apply("&", self, other)

    def __xor__(self, other: Any) -> Any:
        return _apply("^", self, other)
