"""Naming the variables of a Keras model, and making the model anew for a copy."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any, NamedTuple

from .._guards import is_dict, is_list
from ..errors import CombinetError, MissingPackageError
from ..util import convert_recursive
from ._framework_state import differences

#: Where ``keras_subclass`` keeps what a model was made with.
MADE_WITH = "_combinet_made_with"


def import_keras() -> Any:
    """The package itself; TensorFlow brings it.

    Raises:
        MissingPackageError: It is not installed.
    """
    try:
        return import_module("keras")
    except ImportError as error:
        raise MissingPackageError(
            "wrapping a Keras model needs TensorFlow", fix='pip install "combinet[tensorflow]"'
        ) from error


def sizes_of(module: Any) -> tuple[int | None, int | None]:
    """Width of the one input and of the one output, where the model says them without data."""
    return _width(getattr(module, "inputs", None)), _width(getattr(module, "outputs", None))


def _width(symbols: Any) -> int | None:
    """Of the one symbolic tensor that a model has for its input or output."""
    if not is_list(symbols) or len(symbols) != 1:
        return None
    shape, dtype = symbols[0].shape, str(symbols[0].dtype)
    if len(shape) < 2 or shape[-1] is None or "float" not in dtype:
        return None
    return int(shape[-1])


def named_variables(module: Any) -> dict[str, Any]:
    """Every variable once: ``encoder.dense_1.kernel`` is of the second Dense of an encoder.

    Keras numbers layers by how many there were in the process; here they are numbered among
    those that look alike in the same parent, so that the same model has the same names.
    """
    found: dict[int, tuple[str, Any]] = {}
    _name(module, "", found)
    return dict(found.values())


def _name(layer: Any, prefix: str, found: dict[int, tuple[str, Any]]) -> None:
    taken: set[str] = set()
    children = list(layer._flatten_layers(recursive=False, include_self=False))
    inner = {id(v) for child in children for v in child.variables}
    for variable in layer.variables:
        if id(variable) not in inner and id(variable) not in found:
            name = prefix + _free(variable.name, taken)
            found[id(variable)] = (name, variable)
    for child in children:
        if child.variables:
            _name(child, f"{prefix}{_free(child.name, taken)}.", found)


def _free(name: str, taken: set[str]) -> str:
    stem, _, number = name.rpartition("_")
    base = stem if stem and number.isdecimal() else name
    free, count = base, 0
    while free in taken:
        count += 1
        free = f"{base}_{count}"
    taken.add(free)
    return free


class Blueprint(NamedTuple):
    """A Keras model as its class, its config and its variables."""

    kind: type[Any]
    config: dict[str, Any]
    classes: dict[str, type[Any]]
    sample: Any
    values: dict[str, Any]
    trainable: list[bool]

    @classmethod
    def of(cls, module: Any, sample: Any) -> Blueprint:
        """What it takes to make a module again.

        Args:
            module: Its variables are copied.
            sample: The shapes and dtypes of the arguments of a call.

        Raises:
            CombinetError: Keras cannot say how it was made.
        """
        layers = list(module._flatten_layers())
        try:
            config = module.get_config()
        except NotImplementedError as error:
            raise _unmade(type(module).__name__, "it has no config") from error
        return cls(
            type(module),
            config,
            {type(layer).__name__: type(layer) for layer in layers},
            sample,
            {n: v.numpy().copy() for n, v in named_variables(module).items()},
            [layer.trainable for layer in layers],
        )

    def made(self, dtype: str | None = None) -> Any:
        """A module with variables of its own.

        Args:
            dtype: Of its floats, if not the one it had.

        Raises:
            CombinetError: Its class and config make no module, or another one.
        """
        try:
            module = self._bare(dtype)
        except Exception as error:
            raise _unmade(self.kind.__name__, str(error).partition("\n")[0]) from error
        named = named_variables(module)
        wanted = {n: v.astype(dtype) if _casts(v, dtype) else v for n, v in self.values.items()}
        problems = differences({n: v.numpy() for n, v in named.items()}, wanted)
        if problems:
            raise _unmade(self.kind.__name__, "; ".join(problems))
        for layer, flag in zip(module._flatten_layers(), self.trainable, strict=True):
            if layer.trainable is not flag:
                layer.trainable = flag
        for name, variable in named.items():
            variable.assign(wanted[name])
        return module

    def _bare(self, dtype: str | None) -> Any:
        with import_keras().saving.custom_object_scope(self.classes), _policy(dtype):
            module = self.kind.from_config(_in_dtype(self.config, dtype))
            if len(named_variables(module)) < len(self.values) and self.sample is not None:
                inputs = convert_recursive(_is_spec, _zeros, self.sample)
                module(*inputs.args, **{"training": False, **inputs.kwargs})
        return module


def _unmade(name: str, reason: str) -> CombinetError:
    return CombinetError(
        f"the Keras model {name} cannot be made again for a copy",
        reason=reason,
        fix="decorate its class with keras_subclass, or give it get_config() and from_config()",
    )


def _casts(array: Any, dtype: str | None) -> bool:
    return dtype is not None and array.dtype.kind == "f"


@contextmanager
def _policy(dtype: str | None) -> Generator[None]:
    """Inside the block, layers that are told nothing else compute in this dtype."""
    config = import_keras().config
    before = config.dtype_policy()
    if dtype is not None:
        config.set_dtype_policy(dtype)
    try:
        yield
    finally:
        config.set_dtype_policy(before)


def _in_dtype(config: Any, dtype: str | None) -> Any:
    """The config with another dtype wherever it has one of floats."""
    if dtype is None:
        return config
    if is_list(config):
        return [_in_dtype(item, dtype) for item in config]
    if not is_dict(config):
        return config
    if config.get("class_name") == "DTypePolicy":
        return {**config, "config": {"name": dtype}}
    return dict(_entries_in_dtype(config, dtype))


def _entries_in_dtype(config: Mapping[str, Any], dtype: str) -> Iterator[tuple[str, Any]]:
    for key, value in config.items():
        is_floats = key == "dtype" and isinstance(value, str) and "float" in value
        yield key, dtype if is_floats else _in_dtype(value, dtype)


def _is_spec(value: Any) -> bool:
    return hasattr(value, "is_compatible_with")


def _zeros(spec: Any) -> Any:
    return import_module("tensorflow").zeros(spec.shape, spec.dtype)
