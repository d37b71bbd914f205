"""Arrays that stand for weights in the memory of another framework.

Such a framework lets nobody else write into its memory, or forgets who shares it: a TensorFlow
variable that was assigned to another one may have its memory too. So an optimizer gets arrays of
our own, and what is written into them is written back.
"""

from __future__ import annotations

import threading
import weakref
from typing import Any, NamedTuple, Protocol

import numpy as np


class Variable(Protocol):
    """A weight or buffer of a framework."""

    @property
    def is_trained(self) -> bool:
        """Whether an optimizer may change it."""
        ...

    def read(self) -> Any:
        """The numbers, as an array that nobody writes into, now or later."""
        ...

    def write(self, array: Any) -> None:
        """Take over the numbers of an array of the same shape, in the variable's own dtype."""
        ...


class _Loan(NamedTuple):
    variable: Variable
    before: Any
    array: weakref.ref[Any]


class Lent:
    """Arrays lent to whoever asked for the weights, until nobody holds them any more."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._loans: dict[str, _Loan] = {}
        # An array may be written and dropped before it is looked at: it is held until then.
        self._held: list[Any] = []

    def array(self, name: str, variable: Variable) -> Any:
        """The weights as an array that may be written: the one that was lent, if it still lives.

        Half precision, which no optimizer steps in, is widened to float32.
        """
        with self._lock:
            now = _wide(variable.read())
            loan = self._loans.get(name)
            array = None if loan is None else loan.array()
            if array is None or array.dtype != now.dtype or array.shape != now.shape:
                array = np.array(now, order="C")
            elif loan is not None and not np.array_equal(loan.before, now):
                array[...] = now  # the framework itself has changed it since
            self._loans[name] = _Loan(variable, now, weakref.ref(array))
            self._held.append(array)
            return array

    def settle(self) -> None:
        """Write back what was written into arrays; let those go that nobody holds."""
        if not self._loans:
            return
        with self._lock:
            for name, loan in list(self._loans.items()):
                array = loan.array()
                if array is None:
                    del self._loans[name]
                elif not np.array_equal(array, loan.before):
                    loan.variable.write(array)
                    self._loans[name] = loan._replace(before=array.copy())
            self._held.clear()


def _wide(array: Any) -> Any:
    return array.astype("float32") if array.dtype.itemsize < 4 else array
