"""The parameters and buffers of a PyTorch module as NumPy arrays, and back: no pickle."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..errors import SaveError, ShapeError
from ._framework_state import BITS, differences, refuse
from .arrays import import_torch, is_tensor, xp2torch


def plain_name(name: str) -> str:
    """The name that a weight had before its module, or one around it, was compiled."""
    return name.replace("_orig_mod.", "")


def state_arrays(module: Any) -> dict[str, Any]:
    """Every tensor of ``module.state_dict()`` once, tied ones under their first name.

    On the CPU the arrays share the memory of the module.

    Raises:
        SaveError: The module keeps something that is no tensor, or is not initialized.
    """
    return dict(as_stored(name, tensor) for name, tensor in _state(module).items())


def load_state_arrays(module: Any, arrays: Mapping[str, Any]) -> None:
    """Copy into the module what ``state_arrays`` of a like one gave; all of it, or nothing.

    Raises:
        LoadError: Names, shapes or kinds of numbers differ; every difference is listed.
    """
    torch, state = import_torch(), _state(module)
    here = state_arrays(module)
    stored = dict(zip(state, here, strict=True))  # the names in files
    refuse("PyTorch", differences(here, arrays))
    with torch.no_grad():
        for name, tensor in state.items():
            tensor.copy_(as_tensor(torch, stored[name], arrays[stored[name]])[1])
            tensor.grad = None
    for name, owner in module.named_modules():
        extra = state.get(plain_name(f"{name}._extra_state" if name else "_extra_state"))
        if extra is not None:  # what the module gave may be a copy
            owner.set_extra_state(extra)


@contextmanager
def using(values: Mapping[Any, Any]) -> Generator[None]:
    """Inside the block, parameters have the numbers of these arrays.

    Raises:
        ShapeError: One has another shape than the parameter.
    """
    for p, array in values.items():
        if tuple(array.shape) != tuple(p.shape):
            raise ShapeError(
                "a weight has another shape than the parameter of the PyTorch module",
                parameter=tuple(p.shape),
                given=tuple(array.shape),
            )
    own = [(p, p.data) for p in values]
    try:
        for p, array in values.items():
            p.data = xp2torch(array, device=p.device).to(p.dtype)
        yield
    finally:
        for p, data in own:
            p.data = data


def without_graphs(module: Any) -> dict[int, Any]:
    """A memo for ``deepcopy``: what a forward left on the module, which it refuses to copy.

    That is tensors with a history: an attention map that is kept to be looked at, the weight that
    pruning makes of a mask.
    """
    return {
        id(value): value.detach().clone()
        for each in module.modules()
        for value in each.__dict__.values()
        if is_tensor(value) and not value.is_leaf
    }


def _state(module: Any) -> dict[str, Any]:
    torch = import_torch()
    found: dict[str, Any] = {}
    seen: set[int] = set()
    for long_name, value in module.state_dict(keep_vars=True).items():
        name = plain_name(long_name)
        if not is_tensor(value):
            raise SaveError(
                f"{name!r} of the PyTorch module is {type(value).__name__}, no tensor",
                fix="return a tensor from get_extra_state(), or pass serialize_model=",
            )
        if torch.nn.parameter.is_lazy(value):
            raise SaveError(
                f"{name!r} of the PyTorch module is not made yet",
                fix="call initialize() with a sample of the data first",
            )
        if id(value) not in seen:
            seen.add(id(value))
            found[name] = value
    return found


def as_stored(name: str, tensor: Any) -> tuple[str, Any]:
    """A tensor as an array of NumPy's, and the name that it has in files.

    Raises:
        SaveError: NumPy has no such numbers.
    """
    torch = import_torch()
    plain = tensor.detach().cpu()
    if plain.dtype == torch.bfloat16:
        return name + BITS, plain.view(torch.uint16).numpy()
    try:
        return name, plain.numpy()
    except (RuntimeError, TypeError) as error:
        raise SaveError(
            f"{name!r} of the PyTorch module is of {tensor.dtype}, which NumPy lacks",
            fix="pass serialize_model= and deserialize_model=",
        ) from error


def as_tensor(torch: Any, name: str, array: Any) -> tuple[str, Any]:
    """The inverse of ``as_stored``."""
    tensor = torch.from_numpy(np.array(array, order="C"))
    if name.endswith(BITS):
        return name.removesuffix(BITS), tensor.view(torch.bfloat16)
    return name, tensor
