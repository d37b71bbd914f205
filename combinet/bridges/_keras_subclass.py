"""keras_subclass: let a class of Keras models be made again with the arguments it was made with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from ..types import ArgsKwargs
from ._keras_module import MADE_WITH, import_keras

T = TypeVar("T", bound=type[Any])


def keras_subclass(
    name: str,
    X: Any = None,
    Y: Any = None,
    input_shape: tuple[int, ...] | None = None,
    compile_args: Mapping[str, Any] | None = None,
) -> Callable[[T], T]:
    """Decorate a class of models with what it takes to copy and pickle them, and to nest them.

    A subclass of ``keras.Model`` keeps no record of how it was made that Keras could read back,
    unless it has ``get_config`` and ``from_config``. This writes both: they hold the arguments
    of the constructor.

    Args:
        name: For Keras' own files, unique in the process.
        X: Sample of an input; a model made again is called with it, which makes its weights.
        Y: Sample of an output. Not used: Thinc asks for it.
        input_shape: Of one row, in place of ``X``.
        compile_args: What a model made again is compiled with; it is not when omitted.

    Example:
        >>> @keras_subclass("double.v1", input_shape=(3,))
        ... class Double(keras.Model):  # doctest: +SKIP
        ...     def __init__(self, width):
        ...         super().__init__()
        ...         self.one, self.two = keras.layers.Dense(width), keras.layers.Dense(width)
        ...
        ...     def call(self, X):
        ...         return self.two(self.one(X))
    """

    def decorate(kind: T) -> T:
        init = kind.__init__

        @wraps(init)
        def recording(self: Any, *args: Any, **kwargs: Any) -> None:
            init(self, *args, **kwargs)
            if type(self) is kind:  # a class made of this one has arguments of its own
                setattr(self, MADE_WITH, ArgsKwargs(args, kwargs))

        def get_config(self: Any) -> dict[str, Any]:
            made_with = getattr(self, MADE_WITH, None)
            if made_with is None:
                raise NotImplementedError(f"decorate {type(self).__name__} with keras_subclass too")
            return {"args": list(made_with.args), "kwargs": dict(made_with.kwargs)}

        def from_config(cls: Any, config: Mapping[str, Any]) -> Any:
            return _made(cls(*config["args"], **config["kwargs"]), X, input_shape, compile_args)

        changed: Any = kind
        changed.__init__ = recording
        changed.get_config = get_config
        changed.from_config = classmethod(from_config)
        import_keras().saving.register_keras_serializable("combinet", name)(kind)
        return kind

    return decorate


def _made(
    module: Any,
    X: Any,
    input_shape: tuple[int, ...] | None,
    compile_args: Mapping[str, Any] | None,
) -> Any:
    ops = import_keras().ops
    if X is not None:
        module(ops.convert_to_tensor(X), training=False)
    elif input_shape is not None:
        module(ops.zeros((1, *input_shape), dtype=module.compute_dtype), training=False)
    if compile_args is not None:
        module.compile(**compile_args)
    return module
