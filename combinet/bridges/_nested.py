"""Walking what PyTorch modules return: tensors in tuples, dicts, dataclasses, ModelOutputs."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from .._guards import is_dict, is_list, is_tuple
from ..errors import BackpropError

#: What stands beside tensors and has no gradient, whatever is given for it.
_PLAIN = (type(None), bool, int, float, str)


def convert_outputs(is_leaf: Callable[[Any], bool], convert: Callable[[Any], Any], Y: Any) -> Any:
    """``Y`` with every leaf converted, in containers of the same types."""
    if is_leaf(Y):
        return convert(Y)
    if is_list(Y) or is_tuple(Y):
        items = [convert_outputs(is_leaf, convert, item) for item in Y]
        return _made_of(type(Y), items)
    if is_dict(Y):  # a ModelOutput of transformers is a dict and a dataclass
        pairs = {key: convert_outputs(is_leaf, convert, item) for key, item in Y.items()}
        return type(Y)(**pairs) if dataclasses.is_dataclass(Y) else pairs
    if dataclasses.is_dataclass(Y) and not isinstance(Y, type):
        made = copy.copy(Y)
        for field in dataclasses.fields(Y):
            value = convert_outputs(is_leaf, convert, getattr(Y, field.name))
            object.__setattr__(made, field.name, value)
        return made
    return Y


def pairs(is_leaf: Callable[[Any], bool], Y: Any, dY: Any) -> Iterator[tuple[Any, Any]]:
    """Each leaf of ``Y`` with its gradient from ``dY``, which may leave out some, or have None.

    Raises:
        BackpropError: ``dY`` has not the form of ``Y``.
    """
    if dY is None:
        return
    if is_leaf(Y):
        yield Y, dY
    elif is_list(Y) or is_tuple(Y):
        if not isinstance(dY, Sequence) or len(Y) != len(dY):  # pyright: ignore[reportUnknownArgumentType]
            raise _misfit(Y, dY)
        for item, gradient in zip(Y, dY, strict=True):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            yield from pairs(is_leaf, item, gradient)
    elif is_dict(Y) or dataclasses.is_dataclass(Y):
        outputs, gradients = _fields(Y), _fields(dY)
        if not gradients.keys() <= outputs.keys():
            raise _misfit(Y, dY)
        for name, gradient in gradients.items():
            yield from pairs(is_leaf, outputs[name], gradient)
    elif hasattr(dY, "shape") or not isinstance(Y, _PLAIN):
        raise BackpropError(
            f"no tensors are looked for in {type(Y).__name__}, so its gradient would be lost",
            fix="return tensors in a tuple, list, dict or dataclass, or pass convert_outputs=",
        )


def _made_of(kind: Any, items: list[Any]) -> Any:
    return kind(*items) if hasattr(kind, "_fields") else kind(items)


def _fields(value: Any) -> Mapping[str, Any]:
    if is_dict(value):
        return value
    if not dataclasses.is_dataclass(value):
        raise BackpropError(
            f"gradients of a dict of outputs come by name, got {type(value).__name__}"
        )
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def _misfit(Y: Any, dY: Any) -> BackpropError:
    return BackpropError(
        "the gradient does not have the form of the output",
        Y=_form(Y),
        dY=_form(dY),
        fix="pass one gradient for each output, None where there is none",
    )


def _form(value: Any) -> str:
    names = ", ".join(value) if is_dict(value) else f"{len(value)} items"
    return f"{type(value).__name__} of {names}"
