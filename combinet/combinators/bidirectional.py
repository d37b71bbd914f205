"""bidirectional: one layer over the sequences, another one over them reversed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import BackpropError, DimError, DTypeError
from ..infer import Mismatch, Spec, fit, mirror, solve
from ..model import Model, without_dX
from ..ops import Ops
from ..registry import registry
from ..types import Padded
from ._pack import add_up
from ._specs import adopt, dims_of

#: What the width is read off, in messages.
_SUM = "the sum of its two directions"
_FORM = Spec("Padded", 3, dtype="f")


@registry.layers("bidirectional.v1")
def bidirectional(
    l2r: Model[Padded, Padded], r2l: Model[Padded, Padded] | None = None
) -> Model[Padded, Padded]:
    """Run ``l2r`` over each sequence and ``r2l`` over it reversed: ``Y = [f(X), R g(R X)]``.

    R reverses each sequence within its own length, so that the two outputs of a step, side by
    side, both belong to that step.

    Args:
        l2r: From the first step to the last.
        r2l: From the last step to the first; a copy of ``l2r`` when omitted.

    Shapes:
        Padded, nI wide -> Padded of the same lengths, as wide as both outputs together.

    Raises:
        DTypeError: The input, or what a layer gives, is no Padded.

    Source:
        Schuster and Paliwal, Bidirectional Recurrent Neural Networks, 1997.
    """
    layers = (l2r, l2r.copy() if r2l is None else r2l)
    dims = dims_of(layers)
    model = Model[Padded, Padded](f"bi{l2r.name}", _forward, dims=dims, layers=layers, infer=_infer)
    return adopt(model, "nI")


def _forward(
    model: Model[Padded, Padded], Xp: Padded, is_train: bool
) -> tuple[Padded, Callable[[Padded], Padded]]:
    l2r, r2l = model.layers
    _check_padded(model, Xp, "takes")
    reverse = _reversal(model.ops, Xp)
    left, backprop_l2r = l2r(Xp, is_train)
    right, backprop_r2l = r2l(reverse(Xp), is_train)
    for part in (left, right):
        _check_padded(model, part, "needs layers that give")
    both: Any = model.ops.xp.concatenate([left.data, reverse(right).data], axis=-1)
    split = left.data.shape[-1]

    def backprop(dYp: Padded, *, need_dX: bool = True) -> Padded:
        dY = _gradient(model, dYp, both)
        d_left, d_right = (_like(Xp, part) for part in (dY[..., :split], dY[..., split:]))
        if not need_dX:
            without_dX(backprop_l2r)(d_left)
            return without_dX(backprop_r2l)(reverse(d_right))  # type: ignore[no-any-return]
        dX: Padded = add_up(backprop_l2r(d_left), reverse(backprop_r2l(reverse(d_right))))
        return dX

    return _like(Xp, both), backprop


def _reversal(ops: Ops, Xp: Padded) -> Callable[[Padded], Padded]:
    """What reverses each sequence of a Padded of these lengths; done twice, it is undone."""
    lengths: Any = ops.to_numpy(Xp.lengths)
    steps: Any = np.arange(len(Xp.size_at_t))[:, None]  # (steps, 1)
    # (steps, sequences): within its sequence a step changes places, padding stays.
    source = (lengths > steps) * (lengths - 1 - 2 * steps) + steps
    rows, columns = ops.xp.asarray(source), ops.xp.arange(len(lengths))
    return lambda padded: _like(padded, padded.data[rows, columns])


def _like(padded: Padded, data: Any) -> Padded:
    return Padded(data, padded.size_at_t, padded.lengths, padded.indices)


def _check_padded(model: Model[Any, Any], value: Any, verb: str) -> None:
    if not isinstance(value, Padded):
        raise DTypeError(
            f"{model.name} {verb} a Padded, got {type(value).__name__}",
            fix="with_padded(bidirectional(...)) takes any container",
        )


def _gradient(model: Model[Any, Any], dYp: Any, Y: Any) -> Any:
    if not isinstance(dYp, Padded) or dYp.data.shape != Y.shape:
        raise BackpropError(
            f"the gradient given to {model.name} does not fit its output",
            dY=getattr(getattr(dYp, "data", None), "shape", type(dYp).__name__),
            Y=Y.shape,
        )
    return dYp.data


def _infer(
    model: Model[Any, Any], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    x = mirror(model, "nI", fit(model, x or Spec(), _FORM))
    y = mirror(model, "nO", fit(model, y or Spec(), _FORM))
    widths: list[int | None] = []
    for layer in (*model.layers, *model.layers):  # twice: the second may tell the first its nI
        x, part = solve(layer, x, _FORM)
        widths.append(None if part is None else part.width)
    first, second = _shared(model, y, *widths[2:])
    for layer, width in zip(model.layers, (first, second), strict=True):
        if width is not None:
            origin = None if y is None else y.origin
            x, _ = solve(layer, x, _FORM.but(width=width, origin=origin))
    if first is not None and second is not None:
        whole = Spec(width=first + second, origin=_SUM)
        if y is not None and y.width not in (None, first + second):
            raise Mismatch(model, "nO", y, whole)
        y = _FORM.but(width=first + second, origin=_SUM)
        mirror(model, "nO", whole)
    return mirror(model, "nI", x), y


def _shared(
    model: Model[Any, Any], y: Spec | None, first: int | None, second: int | None
) -> tuple[int | None, int | None]:
    """The width of each direction, with what the width of both together says of the others."""
    whole = None if y is None else y.width
    if whole is None or (first is not None and second is not None):
        return first, second
    if first is None and second is None:
        if whole % 2:
            raise DimError(
                f"{model.name} is to give rows of {whole}, which two directions cannot share",
                fix="give the two layers their widths",
            )
        return whole // 2, whole // 2
    left = whole - (first or second or 0)
    if left < 1:
        raise DimError(f"{model.name} is to give rows of {whole}, and one direction gives as many")
    return (left, second) if first is None else (first, left)
