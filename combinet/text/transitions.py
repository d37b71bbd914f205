"""Transitions: trained scores for which label follows which."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from .._guards import is_tuple
from ..errors import BackpropError, DTypeError
from ..infer import Spec, fit, meet, rows
from ..initializers import Initializer, zero_init
from ..layers._inputs import as_gradient, as_rows
from ..model import NO_DX, Model, Weight
from ..registry import registry
from ..types import Floats2d

#: Scores of the labels of each word, and of their transitions.
ChainScores: TypeAlias = tuple[list[Floats2d], Floats2d]


@registry.layers("Transitions.v1")
def Transitions(
    nO: int | None = None, *, init_T: Initializer = zero_init
) -> Model[list[Floats2d], ChainScores]:
    """Put scores of transitions beside those of labels: ``Y = (X, T)``.

    Both together are a linear-chain conditional random field: ``LinearChainCrossentropy`` is its
    loss, ``viterbi`` finds the best labels. ``T[i, j]`` is for label j behind label i; the last row
    is for the label that a document begins with, the last column for that it ends with.

    Args:
        nO: Number of labels; read from ``X`` or ``Y`` at initialize() when omitted.
        init_T: Initializer of the transitions.

    Shapes:
        A list of (n, nO) -> the same, and T (nO + 1, nO + 1).

    Raises:
        DTypeError: The input is no list of arrays.

    Source:
        Lafferty, McCallum & Pereira 2001, Conditional random fields.
    """
    weight = Weight(init_T, shape_of=_shape)
    return Model("transitions", _forward, dims={"nO": nO}, params={"T": weight}, infer=_infer)


def _shape(model: Model[Any, Any]) -> tuple[int, int]:
    return model.get_dim("nO") + 1, model.get_dim("nO") + 1


def _forward(
    model: Model[list[Floats2d], ChainScores], Xs: list[Floats2d], is_train: bool
) -> tuple[ChainScores, Callable[[ChainScores], list[Floats2d]]]:
    if not isinstance(Xs, (list, tuple)):  # pyright: ignore[reportUnnecessaryIsInstance]
        what = f"{model.name} takes a list of arrays, got {type(Xs).__name__}"
        raise DTypeError(what, fix="ragged2list() makes one of a Ragged")
    T: Any = model.get_param("T")
    Ys = [as_rows(model, X, T[1:, 1:]) for X in Xs]

    def backprop(dY: ChainScores, *, need_dX: bool = True) -> list[Floats2d]:
        if not is_tuple(dY) or len(dY) != 2 or len(dY[0]) != len(Ys):
            raise BackpropError(
                f"{model.name} takes a gradient for each of {len(Ys)} documents, and one of T"
            )
        model.inc_grad("T", as_gradient(model, dY[1], T))
        if not need_dX:
            return NO_DX  # type: ignore[no-any-return]
        return [as_gradient(model, each, Y) for each, Y in zip(dY[0], Ys, strict=True)]

    return (Ys, T.copy()), backprop  # an optimizer writes into T itself


def _infer(model: Model[Any, Any], x: Spec | None, y: Spec | None) -> tuple[Spec, Spec]:
    x = rows(model, "nO", x, container="list")
    if y is not None and y.container is None:  # labels: as wide as the scores of each word
        meet(model, "nO", y)
    elif y is not None and y.items:
        rows(model, "nO", fit(model, y, Spec("tuple")).items[0], container="list")
    scores = rows(model, "nO", None, container="list")
    width = None if scores.width is None else scores.width + 1
    return x, Spec("tuple", items=[scores, Spec("array", 2, width, dtype="f")])
