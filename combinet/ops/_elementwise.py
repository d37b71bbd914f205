"""What the elementwise operations share: where a result goes, and the limits of ``exp``."""

from __future__ import annotations

from typing import Any, TypeVar

from ..errors import BackpropError
from ..types import FloatsXd

F = TypeVar("F", bound=FloatsXd)

# By the size of the floating type in bytes: exp() of no more than this neither overflows nor
# has a subnormal reciprocal, which would make what follows slow.
LARGEST_EXPONENT = {2: 9.0, 4: 87.0, 8: 708.0}


def delivered(result: Any, into: F, inplace: bool) -> F:
    """``result``, or with ``inplace`` the array ``into``, overwritten with it."""
    if inplace:
        into[...] = result
        return into
    fresh: F = result
    return fresh


def cleared(X: Any, where: Any) -> Any:
    """A copy of ``X`` that is +0 where ``where`` is True, over infinities and NaNs too."""
    # Minus one has all its bits set; to mask bits is several times faster than xp.where.
    kept = -(~where).view("int8")
    return (X.view(f"int{8 * X.dtype.itemsize}") & kept).view(X.dtype)


def check_fits(dY: Any, **seen: Any) -> None:
    """Raise BackpropError unless ``dY`` has the shape of what the forward pass saw."""
    if any(dY.shape != array.shape for array in seen.values()):
        shapes = {name: array.shape for name, array in seen.items()}
        raise BackpropError("the gradient does not fit the forward pass", dY=dY.shape, **shapes)


def sigmoid_of(xp: Any, X: Any) -> Any:
    """1 / (1 + exp(-X)), without overflow on either side."""
    return 1.0 / (1.0 + xp.exp(xp.minimum(-X, LARGEST_EXPONENT[X.dtype.itemsize])))
