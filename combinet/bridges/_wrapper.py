"""What the wrappers of every framework share: the node, its forward, the form of arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from .._guards import is_dict, is_list, is_tuple
from ..backprop import NO_DX, without_dX
from ..errors import DTypeError
from ..infer import Spec
from ..model import Model
from ..shims import Shim
from ..types import ArgsKwargs, Padded, Ragged, Unserializable

#: ``convert(model, X or (X, Yt), is_train) -> (converted, back)``.
Convert: TypeAlias = Callable[[Model[Any, Any], Any, bool], tuple[Any, Callable[[Any], Any]]]


class Converter(Unserializable):
    """A function among the attributes that files leave out: it belongs to the code."""

    __slots__ = ()

    def __call__(self, model: Model[Any, Any], X: Any, is_train: bool) -> Any:
        return self.obj(model, X, is_train)


def wrap(
    name: str, shim: Shim, convert_inputs: Convert, convert_outputs: Convert
) -> Model[Any, Any]:
    """A model around a shim.

    Args:
        name: Of the node.
        shim: Takes ``ArgsKwargs``; its backprop gives them back with gradients in them.
        convert_inputs: ``f(model, X, is_train) -> (ArgsKwargs, get_dX)``.
        convert_outputs: ``f(model, (X, Yt), is_train) -> (Y, get_dYt)``.
    """
    return Model(
        name,
        run_module,
        init=_init,
        dims={"nI": None, "nO": None},
        shims=[shim],
        attrs={
            "convert_inputs": Converter(convert_inputs),
            "convert_outputs": Converter(convert_outputs),
        },
    )


def run_module(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Callable[..., Any]]:
    """The forward of every wrapper: convert, run, convert back."""
    Xt, get_dX = model.attrs["convert_inputs"](model, X, is_train)
    try:
        Yt, backprop_module = model.shims[0](Xt, is_train)
    except TypeError as error:
        if is_list(X):
            error.add_note("  a list holds the arguments; with_array() runs a layer on each of it")
        raise
    Y, get_dYt = model.attrs["convert_outputs"](model, (X, Yt), is_train)

    def backprop(dY: Any, *, need_dX: bool = True) -> Any:
        dYt = get_dYt(dY)
        if need_dX:
            return get_dX(backprop_module(dYt))
        without_dX(backprop_module)(dYt)
        return NO_DX

    return Y, backprop


def _init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    """Only running the module tells its sizes; it also makes lazy parameters."""
    if X is None:
        return
    x, y = Spec.of(X), Spec.of(model.predict(X))
    for dim, spec in (("nI", x), ("nO", y)):
        if spec is not None and spec.width is not None and spec.dtype == "f":
            model.set_dim(dim, spec.width, force=True)


def plain_inputs(model: Model[Any, Any], X: Any) -> Any:
    """The input as lists, tuples and dicts: a tokenizer's batch is a mapping, and no dict.

    Raises:
        DTypeError: It is one of our containers, which no module takes.
    """
    if isinstance(X, (Ragged, Padded)):
        raise DTypeError(
            f"{model.name} takes arrays, and got {type(X).__name__}",
            fix="with_array() or with_padded() around the layer; PyTorchRNNWrapper takes Padded",
        )
    given: Any = X
    return dict(given) if isinstance(X, Mapping) and not isinstance(X, dict) else given


def as_arguments(
    Xt: Any, to_arrays: Callable[[Any], Any]
) -> tuple[ArgsKwargs, Callable[[ArgsKwargs], Any]]:
    """What was converted as the arguments of a module, and the inverse for gradients.

    Args:
        Xt: A list or tuple gives positional arguments, a dict keywords, ``ArgsKwargs`` both.
        to_arrays: From gradients of the framework to ours, in any of these.
    """
    if isinstance(Xt, ArgsKwargs):
        return Xt, to_arrays
    if is_dict(Xt):
        return ArgsKwargs((), Xt), lambda dXt: to_arrays(dXt.kwargs)
    if is_list(Xt):
        return ArgsKwargs(Xt, {}), lambda dXt: to_arrays(list(dXt.args))
    if is_tuple(Xt):
        return ArgsKwargs(Xt, {}), lambda dXt: to_arrays(tuple(dXt.args))
    return ArgsKwargs((Xt,), {}), lambda dXt: to_arrays(dXt.args[0])
