"""lstm_hidden_bias_init: an LSTM that remembers until it learns to forget."""

from __future__ import annotations

from functools import partial

from ..errors import ShapeError
from ..ops import Ops
from ..registry import registry
from ..types import FloatsXd, Shape
from ._draw import Initializer


def lstm_hidden_bias_init(ops: Ops, shape: Shape) -> FloatsXd:
    """Ones for the forget gate, zeros for the others.

    The gates stand in the order of our LSTM and Thinc's: forget, input, output, candidate.
    (In torch's the forget gate is the second.) An LSTM adds two biases; give this to one of
    them and ``zero_init`` to the other.

    Shapes:
        (4 * nH,) or (4, nH).

    Raises:
        ShapeError: The shape does not divide into four gates.
    Source:
        Jozefowicz et al. 2015, An empirical exploration of recurrent network architectures.
    """
    flat = len(shape) == 1 and shape[0] % 4 == 0
    if not (flat or (len(shape) == 2 and shape[0] == 4)):
        raise ShapeError("the bias of an LSTM is (4 * nH,) or (4, nH)", shape=shape)
    b = ops.alloc(shape)
    b[: shape[0] // 4] = 1
    return b


@registry.initializers("lstm_hidden_bias_init.v1")
def configure_lstm_hidden_bias_init() -> Initializer:
    """``lstm_hidden_bias_init`` as a .cfg file names it."""
    return partial(lstm_hidden_bias_init)
