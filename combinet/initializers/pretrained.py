"""pretrained_init: vectors that were trained before, out of a safetensors file."""

from __future__ import annotations

from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any

from ..errors import LoadError, ShapeError
from ..ops import Ops
from ..registry import registry
from ..types import FloatsXd, Shape
from ._draw import Initializer


def pretrained_init(ops: Ops, shape: Shape, *, path: str | PathLike[str], tensor: str) -> FloatsXd:
    """The tensor of that name, as float32.

    Args:
        path: A file in the safetensors format.
        tensor: The name of the tensor in it.

    Raises:
        LoadError: The file cannot be read, or holds no such tensor of numbers.
        ShapeError: The tensor has another number of rows or another width than the parameter.
    """
    array = _read(Path(path), tensor)
    if array.shape != tuple(shape):
        raise ShapeError(
            f"the parameter is {shape} and the tensor {tensor!r} is {array.shape}",
            file=path,
            fix="build the layer with the rows and width of the tensor",
        )
    return ops.asarray_f(array.astype("float32"))


@registry.initializers("pretrained_init.v1")
def configure_pretrained_init(*, path: Path, tensor: str) -> Initializer:
    """``pretrained_init`` with this file and name."""
    return partial(pretrained_init, path=path, tensor=tensor)


def _read(path: Path, tensor: str) -> Any:
    from safetensors import SafetensorError, safe_open

    try:
        opened: Any = safe_open(path, framework="np")
        with opened as file:
            names: list[str] = sorted(file.keys())
            if tensor not in names:
                raise LoadError(f"{path} holds no tensor {tensor!r}", tensors=", ".join(names[:20]))
            array: Any = file.get_tensor(tensor)
    except (OSError, SafetensorError, TypeError) as error:  # TypeError: a type NumPy lacks
        raise LoadError(f"{tensor!r} cannot be read from {path}: {error}") from error
    if array.dtype.kind != "f":
        raise LoadError(f"tensor {tensor!r} holds {array.dtype}, not floats", file=path)
    return array
