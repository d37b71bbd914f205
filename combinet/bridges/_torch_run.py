"""Calling a PyTorch module: in which precision, and with inputs that it may write into."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from .._guards import is_dict, is_list, is_tuple
from ..types import ArgsKwargs
from .arrays import import_torch, is_tensor

#: False for none, True for torch's choice of the device, or the kind of numbers by name.
Precision: TypeAlias = bool | Literal["float16", "bfloat16"]


def half_of(precision: Precision, device_type: str) -> Any:
    """The kind of numbers that autocast computes in."""
    torch = import_torch()
    if isinstance(precision, str):
        return getattr(torch, precision)
    return torch.get_autocast_dtype(device_type)


class Call:
    """How a module is called, by what its first call in each mode has shown.

    Tensors share the memory of the caller's arrays, and modules may write into them:
    ``ReLU(inplace=True)``, ``x += 1``. The first call is given copies; so are all others if
    that one wrote into them. What gathers a gradient torch itself lets nobody write into, and is
    copied once that was tried.
    """

    __slots__ = ("_writes",)

    def __init__(self) -> None:
        self._writes: dict[bool, bool] = {}

    def __call__(self, module: Any, inputs: ArgsKwargs, *, is_train: bool) -> Any:
        """The output of the module."""
        writes = self._writes.get(is_train)
        if writes is False:
            return module(*inputs.args, **inputs.kwargs)
        copies = _Copies(of_all=writes is True)
        try:
            outputs = copies.given_to(module, inputs)
        except RuntimeError as error:
            if writes or "leaf Variable that requires grad" not in str(error):
                raise
            outputs, writes = _Copies(of_all=True).given_to(module, inputs), True
        self._writes[is_train] = writes or any(map(_was_written, copies.made))
        return outputs


class _Copies:
    """Copies of the tensors among arguments, with those that gather a gradient or without."""

    def __init__(self, *, of_all: bool) -> None:
        self.of_all = of_all
        self.made: list[Any] = []

    def given_to(self, module: Any, inputs: ArgsKwargs) -> Any:
        args = [self._in_place_of(value) for value in inputs.args]
        return module(*args, **{key: self._in_place_of(x) for key, x in inputs.kwargs.items()})

    def _in_place_of(self, value: Any) -> Any:
        """What holds tensors in another way was made by a converter, and is its own."""
        if is_tensor(value):
            if value.requires_grad and not self.of_all:
                return value
            self.made.append(value.clone())
            return self.made[-1]
        if is_list(value):
            return [self._in_place_of(item) for item in value]
        if is_tuple(value) and not hasattr(value, "_fields"):
            return tuple(self._in_place_of(item) for item in value)
        if is_dict(value):
            return {key: self._in_place_of(item) for key, item in value.items()}
        return value


def _was_written(tensor: Any) -> bool:
    """Since it was made. Tensors of the inference mode keep no count: they may have been."""
    return bool(tensor.is_inference() or tensor._version)
