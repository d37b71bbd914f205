"""Running torch's autograd so that gradients add up in arrays of the module's own."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from ..errors import BackpropError
from ..types import ArgsKwargs
from ..util import convert_recursive
from .arrays import import_torch, is_tensor
from .grad_scaler import PyTorchGradScaler

_outside_of_hooks: ContextVar[bool] = ContextVar("gradients_outside_of_hooks", default=False)


@contextmanager
def outside_of_hooks() -> Generator[None]:
    """Inside the block, gradients add up without the hooks of parameters that wait for that.

    For a backprop inside of one of torch's: that one will gather the gradients once more, and
    whoever counts them, as DistributedDataParallel does, may count them once.
    """
    token = _outside_of_hooks.set(True)
    try:
        yield
    finally:
        _outside_of_hooks.reset(token)


def differentiate(
    trained: list[Any], scaler: PyTorchGradScaler, grads: ArgsKwargs, inputs: ArgsKwargs | None
) -> bool:
    """Add to the gradients of the parameters; whether a scaled gradient overflowed.

    Args:
        trained: The parameters that gather gradients.
        scaler: Multiplies the gradients on their way; what comes out is unscaled.
        grads: The arguments of ``torch.autograd.backward``.
        inputs: The tensors that gather gradients too; None where they need not.
    """
    if not grads.args or len(grads.args[0]) == 0:
        return False
    if inputs is None and not trained:
        return False
    options = grads.kwargs if inputs is not None else {**grads.kwargs, "inputs": trained}
    if _outside_of_hooks.get():
        gathering = (t for t in tensors_in(inputs) if t.requires_grad)
        options = {**grads.kwargs, "inputs": [*trained, *gathering]}
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
    run = _add_gradients if _outside_of_hooks.get() else import_torch().autograd.backward
    try:
        run(*args, **options)
    except RuntimeError as error:
        if "second time" not in str(error):
            raise
        raise BackpropError(
            "the backprop of a PyTorch module runs once: torch drops what it stored",
            fix="call begin_update(X) again, or let convert_outputs give retain_graph=True",
        ) from error


def _add_gradients(tensors: Any, *, inputs: list[Any], grad_tensors: Any, **options: Any) -> None:
    grad = import_torch().autograd.grad
    found = grad(tensors, inputs, grad_tensors, allow_unused=True, **options)
    for tensor, gradient in zip(inputs, found, strict=True):
        if gradient is not None:
            tensor.grad = gradient if tensor.grad is None else tensor.grad + gradient


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

    return _with_each(gradient, inputs)


def tensors_in(inputs: ArgsKwargs | None) -> list[Any]:
    """Every tensor among the arguments of a call."""
    found: list[Any] = []
    if inputs is not None:
        _with_each(found.append, inputs)
    return found


def _with_each(function: Callable[[Any], Any], inputs: ArgsKwargs) -> ArgsKwargs:
    return ArgsKwargs(
        tuple(convert_recursive(is_tensor, function, value) for value in inputs.args),
        {key: convert_recursive(is_tensor, function, x) for key, x in inputs.kwargs.items()},
    )
