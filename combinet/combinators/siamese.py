"""siamese: how alike two inputs are, by what one layer makes of both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from .._guards import is_list, is_tuple
from ..errors import DTypeError
from ..infer import Spec, fit, mirror, same, solve
from ..model import NO_DX, Model, without_dX
from ..registry import registry

In = TypeVar("In")
Between = TypeVar("Between")
Out = TypeVar("Out")


@registry.layers("siamese.v1")
def siamese(
    layer: Model[In, Between], similarity: Model[tuple[Between, Between], Out]
) -> Model[tuple[In, In], Out]:
    """Apply one layer to both inputs and compare the results: ``Y = s(f(X1), f(X2))``.

    The parameters of ``layer`` get the sum of both gradients.

    Args:
        layer: Acts on each of the two.
        similarity: Acts on the pair, such as ``CauchySimilarity()``.

    Shapes:
        A pair (X1, X2) -> what ``similarity`` gives; the gradient is a pair too.

    Raises:
        DTypeError: The input is no pair.

    Source:
        Bromley et al., Signature Verification using a Siamese Time Delay Neural Network, 1993.
    """
    model = Model[tuple[In, In], Out](
        f"siamese({layer.name}, {similarity.name})",
        _forward,
        dims={
            **({"nI": None} if layer.has_dim("nI") is not False else {}),
            **({"nO": None} if similarity.has_dim("nO") is not False else {}),
        },
        layers=[layer, similarity],
        infer=_infer,
    )
    for owner, dim in ((layer, "nI"), (similarity, "nO")):
        if owner.maybe_get_dim(dim) is not None:
            mirror(model, dim, Spec(width=owner.get_dim(dim), origin=(owner, dim)))
    return model


def _forward(
    model: Model[Any, Any], X: tuple[Any, Any], is_train: bool
) -> tuple[Any, Callable[[Any], tuple[Any, Any]]]:
    layer, similarity = model.layers
    if not (is_tuple(X) or is_list(X)) or len(X) != 2:  # pyright: ignore[reportUnnecessaryComparison]
        raise DTypeError(
            f"{model.name} takes a pair (X1, X2), got {type(X).__name__}",
            fix="pass a tuple of the two inputs",
        )
    first, backprop_first = layer(X[0], is_train)
    second, backprop_second = layer(X[1], is_train)
    Y, backprop_similarity = similarity((first, second), is_train)

    def backprop(dY: Any, *, need_dX: bool = True) -> tuple[Any, Any]:
        d_first, d_second = backprop_similarity(dY)
        if need_dX:
            return backprop_first(d_first), backprop_second(d_second)
        without_dX(backprop_first)(d_first)
        without_dX(backprop_second)(d_second)
        return NO_DX  # type: ignore[no-any-return]

    return Y, backprop


def _infer(
    model: Model[Any, Any], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    layer, similarity = model.layers
    pair = fit(model, x or Spec(), Spec("tuple")).items
    one, two = pair if len(pair) == 2 else (None, None)
    one, two = mirror(model, "nI", one), mirror(model, "nI", two)
    made: Spec | None = None
    for _ in range(2):  # forward, then once more with what the similarity says
        one, made = solve(layer, one, made)
        two, made = solve(layer, two, made)
        compared, y = solve(similarity, Spec("tuple", items=(made, made)), y)
        if compared is not None and len(compared.items) == 2:
            made, _made = same(model, *compared.items)
    x = Spec("tuple", items=(mirror(model, "nI", one), mirror(model, "nI", two)))
    if y is None or y.width is not None or y.rank != 1:
        y = mirror(model, "nO", y)
    return x, y
