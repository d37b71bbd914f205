"""Softmax: a dense layer whose outputs are the probabilities of classes."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import BackpropError, DataError
from ..fusion import fused_as
from ..initializers import Initializer, zero_init
from ..model import Model
from ..registry import registry
from ..types import Floats2d
from ._dense import affine, dense
from ._inputs import as_gradient


@registry.layers("Softmax.v1")
def Softmax(
    nO: int | None = None,
    nI: int | None = None,
    *,
    init_W: Initializer | None = zero_init,
    init_b: Initializer | None = zero_init,
) -> Model[Floats2d, Floats2d]:
    """A dense layer that gives probabilities: ``Y = exp(Z) / sum(exp(Z))``, ``Z = X W' + b``.

    Its backprop takes the gradient with respect to ``Z``, the logits, which for the cross
    entropy is ``Y - truth``: there is no Jacobian of the softmax in it.

    Args:
        nO: Number of classes; read from ``Y`` at initialize() when omitted.
        nI: Width of the input; read from ``X`` at initialize() when omitted.
        init_W, init_b: Initializers of the two parameters.

    Shapes:
        X (batch, nI) -> Y (batch, nO), rows that sum to 1; W (nO, nI); b (nO,).
    """
    return Softmax_v2(nO, nI, init_W=init_W, init_b=init_b)


@registry.layers("Softmax.v2")
def Softmax_v2(
    nO: int | None = None,
    nI: int | None = None,
    *,
    init_W: Initializer | None = zero_init,
    init_b: Initializer | None = zero_init,
    normalize_outputs: bool = True,
    temperature: float = 1.0,
) -> Model[Floats2d, Floats2d]:
    """``Softmax`` with a temperature: ``Y = exp(Z / T) / sum(exp(Z / T))``, ``Z = X W' + b``.

    Args:
        normalize_outputs: With False, ``predict`` gives the logits ``Z``; in training the
            outputs are probabilities all the same. Lives in ``attrs["softmax_normalize"]``.
        temperature: T > 0; backprop takes the gradient with respect to ``Z / T``. Lives in
            ``attrs["softmax_temperature"]``.

    Raises:
        DataError: The temperature is not above zero.
    """
    _check_temperature(temperature)
    attrs = {"softmax_normalize": normalize_outputs, "softmax_temperature": temperature}
    return dense(
        "softmax",
        _forward,
        nO,
        nI,
        init_W or zero_init,
        init_b or zero_init,
        attrs=attrs,
        gradient="of logits",
    )


@fused_as("softmax")
def _forward(
    model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool
) -> tuple[Floats2d, Callable[[Floats2d], Floats2d]]:
    temperature: float = model.attrs["softmax_temperature"]
    _check_temperature(temperature)
    Z, backprop_affine = affine(model, X)
    if not (is_train or model.attrs["softmax_normalize"]):
        return Z, _refuse
    Y = model.ops.softmax(Z, temperature=temperature)

    def backprop(dY: Floats2d, *, need_dX: bool = True) -> Floats2d:
        dZ = as_gradient(model, dY, Y)
        return backprop_affine(dZ if temperature == 1.0 else dZ / temperature, need_dX)

    return Y, backprop


def _refuse(dY: Floats2d) -> Floats2d:
    raise BackpropError(
        "backprop is not supported for a Softmax that gave logits",
        fix="call begin_update(), which always gives probabilities",
    )


def _check_temperature(temperature: float) -> None:
    if not temperature > 0:
        raise DataError(f"the temperature of a softmax is above zero, got {temperature}")
