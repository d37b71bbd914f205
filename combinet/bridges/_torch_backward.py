"""Running torch's autograd so that gradients add up in arrays of the module's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import BackpropError
from ..types import ArgsKwargs
from ..util import convert_recursive
from .arrays import import_torch, is_tensor
from .grad_scaler import PyTorchGradScaler


def differentiate(
    module: Any, scaler: PyTorchGradScaler, grads: ArgsKwargs, inputs: ArgsKwargs | None
) -> bool:
    """Add to the gradients of the parameters; whether a scaled gradient overflowed.

    Args:
        module: Whose outputs are differentiated.
        scaler: Multiplies the gradients on their way; what comes out is unscaled.
        grads: The arguments of ``torch.autograd.backward``.
        inputs: The tensors that gather gradients too; None where they need not.
    """
    if not grads.args or len(grads.args[0]) == 0:
        return False
    trained = [p for p in module.parameters() if p.requires_grad]
    if inputs is None and not trained:
        return False
    options = grads.kwargs if inputs is not None else {**grads.kwargs, "inputs": trained}
    if scaler.enabled:
        return _scaled(scaler, grads.args, options, trained, inputs)
    fresh = [p for p in trained if p.grad is None]
    _backward(grads.args, options)
    _own_gradients(fresh)
    return False


def _scaled(
    scaler: PyTorchGradScaler,
    args: Sequence[Any],
    options: dict[str, Any],
    trained: list[Any],
    inputs: ArgsKwargs | None,
) -> bool:
    """With the gradients gathered before out of the way: those are not scaled."""
    gathered = [p.grad for p in trained]
    for p in trained:
        p.grad = None
    try:
        _backward(args, {**options, "grad_tensors": scaler.scale(options["grad_tensors"])})
        _own_gradients(trained)
        made = [t.grad for t in (*trained, *tensors_in(inputs)) if t.grad is not None]
        overflowed = scaler.unscale(made)
        for p, before in zip(trained, gathered, strict=True):
            if before is not None and p.grad is not None and not overflowed:
                before += p.grad
    finally:
        for p, before in zip(trained, gathered, strict=True):
            p.grad = p.grad if before is None else before
    return overflowed


def _backward(args: Sequence[Any], options: dict[str, Any]) -> None:
    try:
        import_torch().autograd.backward(*args, **options)
    except RuntimeError as error:
        if "second time" not in str(error):
            raise
        raise BackpropError(
            "the backprop of a PyTorch module runs once: torch drops what it stored",
            fix="call begin_update(X) again",
        ) from error


def _own_gradients(parameters: list[Any]) -> None:
    """Let first gradients have memory of their own.

    torch may have handed over one that shares memory with dY, or with the gradient of an
    input, and the next backprop would add into it.
    """
    for p in parameters:
        if p.grad is not None:
            p.grad = p.grad.to_dense() if p.grad.is_sparse else p.grad.clone()


def keep_gradients(inputs: ArgsKwargs) -> None:
    """Let inputs gather gradients that are made of other tensors: ``xp2torch(X).float()``."""
    arguments = inputs.values()
    if all(is_tensor(argument) and argument.is_leaf for argument in arguments):
        return
    for tensor in tensors_in(inputs):
        if tensor.requires_grad and not tensor.is_leaf:
            tensor.retain_grad()


def gradients_of(inputs: ArgsKwargs, *, zero: bool) -> Any:
    """The arguments of a call with each tensor's gradient in its place; zeros without one."""
    torch = import_torch()

    def gradient(tensor: Any) -> Any:
        return torch.zeros_like(tensor) if zero or tensor.grad is None else tensor.grad

    return convert_recursive(is_tensor, gradient, inputs)


def tensors_in(inputs: ArgsKwargs | None) -> list[Any]:
    """Every tensor among the arguments of a call."""
    found: list[Any] = []
    convert_recursive(is_tensor, found.append, inputs)
    return found
