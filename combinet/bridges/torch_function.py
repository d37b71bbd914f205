"""PyTorchFunction: a layer of which only the forward is written, in torch's operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..backprop import NO_DX
from ..errors import BackpropError
from ..infer import Infer
from ..model import Model, Weight
from ..types import FloatsXd, Unserializable
from ..util import convert_recursive, is_xp_array
from ._nested import convert_outputs, pairs
from .arrays import import_torch, is_tensor, torch2xp, xp2torch
from .torch_wrapper import as_gradient


def PyTorchFunction(
    forward: Callable[..., Any],
    *,
    name: str | None = None,
    dims: Mapping[str, int | None] = {},
    params: Mapping[str, Weight | FloatsXd | None] = {},
    init: Callable[..., Any] | None = None,
    infer: Infer | None = None,
) -> Model[Any, Any]:
    """A layer from its forward alone: torch finds the backprop.

    The parameters are the layer's own arrays; torch sees them as tensors on the same memory.
    ``combinet.testing.assert_is_gradient`` checks the result by differences.

    Args:
        forward: ``forward(X, **params) -> Y`` over tensors. It may not write into them, and
            what it draws at random is not drawn again in backprop.
        name: The function's when omitted.
        dims: See ``Model``, as for the others.
        params: Arrays by name, or a ``Weight`` that says how to make one.
        init: Finds the sizes from samples.
        infer: Finds the sizes without.

    Example:
        >>> from combinet import PyTorchFunction
        >>> cube = PyTorchFunction(lambda X: X**3, name="cube")
    """
    return Model(
        name or str(getattr(forward, "__name__", "function")),
        _forward,
        init=init,
        infer=infer,
        dims=dims,
        params=params,
        attrs={"function": Unserializable(forward)},
    )


def _forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Callable[..., Any]]:
    torch, ops = import_torch(), model.ops
    weights = {
        name: xp2torch(model.get_param(name), requires_grad=is_train) for name in model.param_names
    }
    Xt = convert_recursive(is_xp_array, lambda x: xp2torch(x, requires_grad=is_train), X)
    with torch.set_grad_enabled(is_train):
        Yt = model.attrs["function"].obj(Xt, **weights)

    def backprop(dY: Any, *, need_dX: bool = True) -> Any:
        if not is_train:
            raise BackpropError(
                f"{model.name} stores nothing when it predicts", fix="call begin_update(X)"
            )
        inputs = _trained(Xt) if need_dX else []
        sought = [*inputs, *_trained(list(weights.values()))]
        every = [(y, as_gradient(model, y, dy)) for y, dy in pairs(is_tensor, Yt, dY)]
        found = dict(zip(map(id, sought), _gradients(torch, every, sought), strict=True))
        for name, weight in weights.items():
            if id(weight) in found:
                total = model.accumulator(name)
                total += torch2xp(found[id(weight)], ops=ops)
        if not need_dX:
            return NO_DX
        return convert_recursive(
            is_tensor,
            lambda x: torch2xp(found.get(id(x), torch.zeros_like(x)), ops=ops),
            Xt,
        )

    return convert_outputs(is_tensor, lambda y: torch2xp(y, ops=ops), Yt), backprop


def _trained(tensors: Any) -> list[Any]:
    found: list[Any] = []
    convert_recursive(is_tensor, found.append, tensors)
    return [tensor for tensor in found if tensor.requires_grad]


def _gradients(torch: Any, every: list[tuple[Any, Any]], sought: list[Any]) -> list[Any]:
    """Those of what is sought, zeros where nothing depends on it."""
    roots = [(y, dy) for y, dy in every if y.requires_grad]
    if not roots or not sought:
        return [torch.zeros_like(tensor) for tensor in sought]
    made = torch.autograd.grad(
        [y for y, _ in roots],
        sought,
        [dy for _, dy in roots],
        retain_graph=True,  # backprop may be called again, as any layer's
        allow_unused=True,
    )
    return [torch.zeros_like(s) if g is None else g for s, g in zip(sought, made, strict=True)]
