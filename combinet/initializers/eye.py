"""eye_init: the identity."""

from __future__ import annotations

from functools import partial

from ..errors import ShapeError
from ..ops import Ops
from ..registry import registry
from ..types import FloatsXd, Shape
from ._draw import Initializer


def eye_init(ops: Ops, shape: Shape) -> FloatsXd:
    """Ones on the diagonal, zeros elsewhere: as many inputs as fit are handed on.

    Raises:
        ShapeError: The shape is not that of a matrix.
    """
    if len(shape) != 2:
        raise ShapeError("eye_init makes matrices", shape=shape)
    W: FloatsXd = ops.xp.eye(*shape, dtype="float32")
    return W


@registry.initializers("eye_init.v1")
def configure_eye_init() -> Initializer:
    """``eye_init`` as a .cfg file names it."""
    return partial(eye_init)
