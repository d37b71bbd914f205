"""A ``FrameworkShim`` as a layer: arrays in, arrays out, gradients back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._guards import is_dict, is_list, is_tuple
from ..errors import BackpropError
from ..model import Model
from ..types import ArgsKwargs
from ..util import convert_recursive, is_xp_array
from ._framework_shim import FrameworkShim
from ._nested import convert_outputs as convert_nested
from ._wrapper import Convert, as_arguments, plain_inputs, wrap


def wrapped(
    name: str,
    shim: FrameworkShim,
    convert_inputs: Convert | None,
    convert_outputs: Convert | None,
) -> Model[Any, Any]:
    """A model around a shim; converters that are left out convert every array and tensor."""
    return wrap(name, shim, convert_inputs or arguments_of, convert_outputs or arrays_of)


def arguments_of(
    model: Model[Any, Any], X: Any, is_train: bool
) -> tuple[ArgsKwargs, Callable[[ArgsKwargs], Any]]:
    """The input as the arguments of the module, and the inverse for gradients."""
    shim, ops = _shim(model), model.ops

    def to_arrays(dXt: Any) -> Any:
        return convert_recursive(shim.is_tensor, lambda dx: ops.asarray(shim.to_array(dx)), dXt)

    Xt = convert_recursive(is_xp_array, shim.to_tensor, plain_inputs(model, X))
    return as_arguments(Xt, to_arrays)


def arrays_of(
    model: Model[Any, Any], X_Yt: tuple[Any, Any], is_train: bool
) -> tuple[Any, Callable[[Any], Any]]:
    """The output with arrays in place of tensors, and the inverse for gradients."""
    shim, ops, (_, Yt) = _shim(model), model.ops, X_Yt

    def to_array(tensor: Any) -> Any:
        array = shim.to_array(tensor)
        is_half = array.dtype.kind not in "iub" and array.dtype.itemsize < 4
        return ops.asarray(array.astype("float32") if is_half else array)

    def to_tensor(dy: Any) -> Any:
        if dy is None or is_xp_array(dy):
            return None if dy is None else shim.to_tensor(dy)
        raise BackpropError(
            f"the gradient given to {model.name} does not fit its output",
            dY=type(dy).__name__,
            fix="pass the gradient with respect to what begin_update() returned",
        )

    def get_dYt(dY: Any) -> Any:
        return convert_nested(_is_leaf, to_tensor, dY)

    return convert_nested(shim.is_tensor, to_array, Yt), get_dYt


def _is_leaf(dY: Any) -> bool:
    return not (is_list(dY) or is_tuple(dY) or is_dict(dY) or hasattr(dY, "__dataclass_fields__"))


def _shim(model: Model[Any, Any]) -> FrameworkShim:
    shim: Any = model.shims[0]
    found: FrameworkShim = shim
    return found
