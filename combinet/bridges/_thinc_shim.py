"""ThincShim: a model of Thinc's behind the interface that our ``Model`` calls."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from .._guards import is_dict, is_list, is_tuple
from ..errors import LoadError, SaveError
from ..paths import parameter_path
from ..shims import Shim
from ._torch_state import load_state_arrays, state_arrays

#: Set while Thinc itself updates, saves or copies the models inside of one of ours.
_left_to_thinc: ContextVar[bool] = ContextVar("left_to_thinc", default=False)


@contextmanager
def left_to_thinc() -> Generator[None]:
    """Inside the block, ``ThincShim`` has no parameters: they are those of Thinc's layers.

    ``to_thinc`` makes the models that ours hold layers of Thinc's, which does all this for
    them; done here as well, it would be done twice.
    """
    token = _left_to_thinc.set(True)
    try:
        yield
    finally:
        _left_to_thinc.reset(token)


class ThincShim(Shim):
    """Updates, saves and copies a model of Thinc's.

    A parameter is called by the way to its node, ``0.2/W``. Of the shims inside, those of
    PyTorch modules and of models of ours are known; others are updated, and not saved.

    Args:
        model: Of Thinc's; it is not copied.
    """

    @property
    def model(self) -> Any:
        """The model of Thinc's."""
        return self._model

    def bind(self, model: Any) -> None:
        """Run another one from now on."""
        self._model = model

    @property
    def cfg(self) -> Any:
        """The sizes and plain settings of its nodes, which files keep."""
        if _left_to_thinc.get():
            return None
        return {
            path: {
                "dims": {n: node.maybe_get_dim(n) for n in node.dim_names},
                "attrs": {n: value for n, value in node.attrs.items() if _is_plain(value)},
                "shims": [_settings_of(shim) for shim in node.shims],
            }
            for path, node in paths_of(self._model).items()
        }

    @cfg.setter
    def cfg(self, settings: Any) -> None:
        found: dict[str, Any] = settings or {}
        nodes = paths_of(self._model) if found else {}
        for path, entry in found.items():
            node = nodes.get(path)
            if node is not None:
                node._dims.update({n: s for n, s in entry["dims"].items() if n in node._dims})
                node.attrs.update({n: v for n, v in entry["attrs"].items() if n in node.attrs})
                for shim, inside in zip(node.shims, entry["shims"], strict=False):
                    if inside is not None and hasattr(shim, "take_settings"):
                        shim.take_settings(inside)

    def misfits(self, config: Any) -> list[str]:
        """Sizes of Thinc's nodes that are set here, and are others in the file."""
        if config is None or _left_to_thinc.get():
            return []
        if not (is_dict(config) and all(map(_is_entry, config.values()))):
            return ["the settings of Thinc's nodes are malformed"]
        found: list[str] = []
        for path, node in paths_of(self._model).items():
            there = config.get(path, {"dims": {}, "shims": []})
            for name, size in there["dims"].items():
                here = node.maybe_get_dim(name) if name in node.dim_names else None
                if None not in (here, size) and here != size:
                    where = f"{path} ({node.name})" if path else node.name
                    found.append(f"{where}: dim {name} is {here} here, {size} in the file")
            for (prefix, shim), inside in zip(_shims_of(path, node), there["shims"], strict=False):
                if inside is not None and hasattr(shim, "misfits"):
                    found += [f"{prefix}: {misfit}" for misfit in shim.misfits(inside)]
        return found

    # --- updating -----------------------------------------------------------------------

    def parameters(self) -> Iterator[tuple[str, Any, Any]]:
        """Weights and gradients; the arrays are Thinc's own."""
        if _left_to_thinc.get():
            return
        for path, node in paths_of(self._model).items():
            for name in node.param_names:
                if node.has_param(name):
                    gradient = node.get_grad(name) if node.has_grad(name) else None
                    yield parameter_path(path, name), node.get_param(name), gradient
            for prefix, shim in _shims_of(path, node):
                if hasattr(shim, "rows"):
                    for row in shim.rows():
                        yield f"{prefix}/{row.path}", row.weights, row.gradient

    def finish_update(self, optimizer: Any) -> None:
        """One step of ``optimizer(key, weights, gradient)`` on each parameter with a gradient."""
        if _left_to_thinc.get():
            return
        for name, weights, gradient in self.parameters():
            if gradient is not None:
                step((self.id, name), weights, gradient, optimizer)
        self.after_update(optimizer)

    def after_update(self, optimizer: Any) -> None:
        """Let the shims inside do their part, their keys under names of this shim."""
        if _left_to_thinc.get():
            return
        for path, node in paths_of(self._model).items():
            for prefix, shim in _shims_of(path, node):
                if hasattr(shim, "rows"):
                    shim.after_rows(optimizer)
                else:
                    shim.finish_update(self._renaming(optimizer, prefix))

    def _renaming(self, optimizer: Any, prefix: str) -> Callable[..., Any]:
        def call(key: Any, weights: Any, gradient: Any, **options: Any) -> Any:
            return optimizer((self.id, f"{prefix}/{key[1]}"), weights, gradient, **options)

        return call

    @contextmanager
    def use_params(self, params: Mapping[Any, Any]) -> Generator[None]:
        """Inside the block, run with these weights, by ``(id, name)``."""
        mine = {key[1]: v for key, v in params.items() if key[0] == self.id}
        with ExitStack() as stack:
            for path, node in paths_of(self._model).items() if mine else ():
                for name in node.param_names:
                    other = mine.get(parameter_path(path, name))
                    if other is not None:
                        stack.callback(node.set_param, name, node.get_param(name))
                        node.set_param(name, other)
                for prefix, shim in _shims_of(path, node):
                    given = _of_shim(shim, prefix, mine)
                    stack.enter_context(shim.use_params(given))
            yield

    # --- copies and files ---------------------------------------------------------------

    def tensors(self) -> dict[str, Any]:
        """Every parameter by name, those of the shims inside too; None where it is not made."""
        if _left_to_thinc.get():
            return {}
        found: dict[str, Any] = {}
        for path, node in paths_of(self._model).items():
            for name in node.param_names:
                made = node.ops.to_numpy(node.get_param(name)) if node.has_param(name) else None
                found[parameter_path(path, name)] = made
            for prefix, shim in _shims_of(path, node):
                found |= {f"{prefix}/{n}": x for n, x in _shim_arrays(shim, prefix).items()}
        return found

    def load_tensors(self, tensors: Mapping[str, Any]) -> None:
        """Take over what ``tensors`` of a like shim gave; all of it, or nothing."""
        if _left_to_thinc.get():
            return
        if self.tensors().keys() != tensors.keys():
            raise LoadError("the weights are not those of this model of Thinc's")
        for path, node in paths_of(self._model).items():
            for name in node.param_names:
                array = tensors[parameter_path(path, name)]
                node.set_param(name, None if array is None else node.ops.asarray(array).copy())
                if node.has_grad(name):
                    node.get_grad(name)[...] = 0
            for prefix, shim in _shims_of(path, node):
                begin = f"{prefix}/"
                inside = {n[len(begin) :]: x for n, x in tensors.items() if n.startswith(begin)}
                _load_shim_arrays(shim, inside)

    def copy(self) -> ThincShim:
        """A deep copy under an id of its own."""
        return ThincShim(self._model if _left_to_thinc.get() else copied(self._model))

    def to_device(self, device_type: str, device_id: int) -> None:
        """Move the parameters: "cpu", or "gpu" with a number."""
        if device_type == "cpu":
            self._model.to_cpu()
        else:
            self._model.to_gpu(device_id)

    def to_dtype(self, dtype: str) -> None:
        """Nothing: Thinc computes in float32, and what it is given is cast."""

    def __getstate__(self) -> dict[str, Any]:
        return {"_model": self._model, "_optimizer": None}


def step(key: tuple[int, str], weights: Any, gradient: Any, optimizer: Any) -> None:
    """One step in place, after which the gradient is zero whatever the optimizer left there."""
    new = optimizer(key, weights, gradient)[0]
    if new is not weights:
        weights[...] = new
    gradient[...] = 0


def paths_of(root: Any) -> dict[str, Any]:
    """The nodes of a model of Thinc's by child indices, ``0.2``; a shared one once."""
    found: dict[str, Any] = {}
    seen: set[int] = set()
    waiting: list[tuple[str, Any]] = [("", root)]
    while waiting:
        path, node = waiting.pop()
        if id(node) not in seen:
            seen.add(id(node))
            found[path] = node
            below = [(f"{path}.{i}" if path else str(i), x) for i, x in enumerate(node.layers)]
            waiting += reversed(below)
    return found


def copied(model: Any) -> Any:
    """A copy that has the references of the original too, which Thinc's own copy lacks."""
    twin = model.copy()
    twins = {id(a): b for a, b in zip(model.walk(), twin.walk(), strict=True)}
    for node in model.walk():
        for name in node.ref_names:
            target = node.maybe_get_ref(name)
            twins[id(node)].set_ref(name, None if target is None else twins[id(target)])
    return twin


def _shims_of(path: str, node: Any) -> Iterator[tuple[str, Any]]:
    for index, shim in enumerate(node.shims):
        yield parameter_path(path, f"shim.{index}"), shim


def _of_shim(shim: Any, prefix: str, mine: Mapping[str, Any]) -> dict[Any, Any]:
    """Weights under the keys that a shim of Thinc's looks for."""
    names = {n[len(prefix) + 1 :]: x for n, x in mine.items() if n.startswith(f"{prefix}/")}
    keys = getattr(shim, "keys_of_rows", None)
    if keys is not None:
        return keys(names)  # type: ignore[no-any-return]
    own = {(shim.id, name): x for name, x in names.items()}
    return own | {f"pytorch_{shim.id}_{name}": x for name, x in names.items()}


def _settings_of(shim: Any) -> Any:
    return shim.settings() if hasattr(shim, "settings") else None


def _is_entry(entry: Any) -> bool:
    """What ``cfg`` says of a node."""
    if not (is_dict(entry) and set(entry) == {"dims", "attrs", "shims"}):
        return False
    return is_dict(entry["dims"]) and is_dict(entry["attrs"]) and is_list(entry["shims"])


def _shim_arrays(shim: Any, prefix: str) -> dict[str, Any]:
    if hasattr(shim, "arrays"):
        return shim.arrays()  # type: ignore[no-any-return]
    if hasattr(shim._model, "state_dict"):
        return state_arrays(shim._model)
    raise SaveError(
        f"the {type(shim).__name__} at {prefix} in a model of Thinc's cannot be saved here",
        fix="save the model of Thinc's itself",
    )


def _load_shim_arrays(shim: Any, arrays: Mapping[str, Any]) -> None:
    if hasattr(shim, "arrays"):
        shim.load_arrays(arrays)
    else:
        load_state_arrays(shim._model, arrays)


def _is_plain(value: Any) -> bool:
    """What a file can hold as it is, arrays included."""
    if is_dict(value):
        return all(type(key) is str and _is_plain(item) for key, item in value.items())
    if is_list(value) or is_tuple(value):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, (bool, int, float, str, bytes, np.ndarray))
