"""layer: the decorator that makes a layer of a forward function."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from functools import partial
from typing import Any, Protocol, overload

from ..errors import StructureError
from ..infer import Infer, Spec, meet
from ..model import Model, Weight
from ..node import Contract

Forward = Callable[..., tuple[Any, Callable[..., Any]]]


class Constructor(Protocol):
    """What the decorator makes: sizes and attributes in, a model out."""

    def __call__(self, *dims: int | None, **settings: Any) -> Model[Any, Any]: ...


@overload
def layer(forward: Forward, /) -> Constructor: ...
@overload
def layer(
    *,
    attrs: Mapping[str, Any] = {},
    infer: Infer | None = None,
    gradient: Contract = "exact",
    **params: Weight,
) -> Callable[[Forward], Constructor]: ...
def layer(
    forward: Forward | None = None,
    /,
    *,
    attrs: Mapping[str, Any] = {},
    infer: Infer | None = None,
    gradient: Contract = "exact",
    **params: Weight,
) -> Any:
    """Make a constructor of layers of a function that returns an output and its backprop.

    The function is ``forward(X)``, or ``forward(model, X, is_train)`` where it has parameters:
    read them with ``model.get_param("W")``, and let backprop add gradients with
    ``model.inc_grad("W", dW)``. The constructor takes the dims that the parameters are made of,
    by place or by name, and the attributes by name.

    Args:
        attrs: Settings and what they are when the constructor is not told.
        infer: Rule of sizes, see ``combinet.infer``. If omitted, dims nI and nO are the widths
            of the input and of the output.
        gradient: What backprop computes, see ``Model``.
        params: How each parameter is made: its initializer and its dims.

    Raises:
        StructureError: The function takes neither one argument nor three.

    Example:
        >>> from combinet import Weight, glorot_uniform_init
        >>> from combinet.layers import layer
        >>> @layer(W=Weight(glorot_uniform_init, "nO", "nI"))
        ... def Projection(model, X, is_train):
        ...     W = model.get_param("W")
        ...     def backprop(dY):
        ...         model.inc_grad("W", dY.T @ X)
        ...         return dY @ W
        ...     return X @ W.T, backprop
        >>> Projection(nO=2, nI=3).initialize().get_param("W").shape
        (2, 3)
    """
    if forward is None:
        return partial(_constructor, attrs=attrs, infer=infer, gradient=gradient, params=params)
    return _constructor(forward, attrs=attrs, infer=infer, gradient=gradient, params=params)


def _constructor(
    forward: Forward,
    *,
    attrs: Mapping[str, Any],
    infer: Infer | None,
    gradient: Contract,
    params: Mapping[str, Weight],
) -> Constructor:
    name = getattr(forward, "__name__", "layer")
    run = _with_three_arguments(forward, name)
    names = list(dict.fromkeys(dim for weight in params.values() for dim in weight.dims))
    if infer is None and {"nI", "nO"} & set(names):
        infer = _infer_widths
    signature = _signature(names, attrs)

    def construct(*dims: int | None, **settings: Any) -> Model[Any, Any]:
        given = signature.bind(*dims, **settings).arguments
        return Model(
            name,
            run,
            dims={n: given.get(n) for n in names},
            params=params,
            attrs={n: given[n] if n in given else deepcopy(attrs[n]) for n in attrs},
            infer=infer,
            gradient=gradient,
        )

    _name_beneath(construct, forward)
    construct.__name__ = construct.__qualname__ = name
    construct.__doc__, construct.__module__ = forward.__doc__, forward.__module__
    construct.__annotations__ = {**dict.fromkeys(names, int | None), "return": Model}
    construct.__signature__ = signature  # type: ignore[attr-defined]  # pyright: ignore[reportFunctionMemberAccess]
    return construct


def _name_beneath(constructor: Any, forward: Any) -> None:
    """Let pickle find the function as ``Name.forward``: its constructor has taken its name."""
    function: Any = forward
    if inspect.isfunction(forward):
        constructor.forward = function.forward = forward
        forward.__qualname__ += ".forward"


def _signature(dims: Sequence[str], attrs: Mapping[str, Any]) -> inspect.Signature:
    """``(dim=None, ..., *, attribute=value, ...)``."""
    by_place, by_name = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
    sizes = [inspect.Parameter(n, by_place, default=None, annotation=int | None) for n in dims]
    settings = [inspect.Parameter(n, by_name, default=value) for n, value in attrs.items()]
    return inspect.Signature([*sizes, *settings], return_annotation=Model)


def _with_three_arguments(forward: Forward, name: str) -> Forward:
    count = len(inspect.signature(forward).parameters)
    if count not in (1, 3):
        raise StructureError(
            f"a layer is made of forward(X) or forward(model, X, is_train); "
            f"{name} takes {count} arguments"
        )
    return forward if count == 3 else partial(_without_model, function=forward)


def _without_model(
    model: Model[Any, Any], X: Any, is_train: bool, *, function: Forward
) -> tuple[Any, Callable[..., Any]]:
    return function(X)


def _infer_widths(
    model: Model[Any, Any], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    return meet(model, "nI", x), meet(model, "nO", y)
