"""What ``to_thinc`` makes a node of Thinc's of: its forward, its init and its shim.

The one module that imports Thinc as it is loaded: these must be found by name where a pipeline
is pickled, as spaCy does for processes.
"""

# The slots of a node are private to users, not to the modules that load files into it.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np

from .._guards import is_dict
from ..edit import set_dropout_rate
from ..errors import DimError, LoadError, StructureError
from ..initialize import renew
from ..model import Model
from ..paths import node_paths, parameter_path
from ..types import Parameter
from ._thinc_containers import import_thinc, to_ours, to_thincs
from ._thinc_shim import ThincShim, left_to_thinc, step

#: Before the names of our parameters in the keys of an optimizer of Thinc's, where nodes and
#: shims are counted from 1 each: without it a key of ours could be one of a node of theirs.
PREFIX = "combinet/"

_Shim: Any = import_thinc().Shim


class CombinetShim(_Shim):  # type: ignore[misc]
    """A model of ours behind the interface that Thinc's ``Model`` calls.

    Models of Thinc's that ours holds are not its business: they are layers of the node.
    """

    id: int
    _model: Model[Any, Any]

    def __init__(self, model: Model[Any, Any]) -> None:
        _Shim.__init__(self, model)
        self.rate: float | None = None
        self.resized: Counter[str] = Counter()

    @property
    def model(self) -> Model[Any, Any]:
        """The model of ours."""
        return self._model

    def bound(self, layers: list[Any]) -> Model[Any, Any]:
        """The model, running these models of Thinc's where it holds one.

        Raises:
            StructureError: They are not as many as it holds.
        """
        inside = list(nested(self.model))
        if len(inside) != len(layers):
            raise StructureError(
                f"{self.model.name!r} holds {len(inside)} models of Thinc's, and its node has "
                f"{len(layers)} layers",
                fix="replace layers of the node, and neither add nor remove any",
            )
        for shim, layer in zip(inside, layers, strict=True):
            shim.bind(layer)
        return self.model

    def __call__(self, inputs: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
        Y, backprop = self.model(to_ours(inputs), is_train)

        def backprop_combinet(dY: Any) -> Any:
            return to_thincs(backprop(to_ours(dY)))

        return to_thincs(Y), backprop_combinet

    def push_rate(self, rate: float | None) -> None:
        """Let the nodes inside have a dropout rate that Thinc's ``set_dropout_rate`` set."""
        if rate is not None and rate != self.rate:
            set_dropout_rate(self.model, rate)
            self.rate = rate

    # --- updating -----------------------------------------------------------------------

    def rows(self) -> Iterator[Parameter]:
        """The parameters, without those of models of Thinc's."""
        with left_to_thinc():
            yield from list(self.model.parameters())

    def after_rows(self, optimizer: Any) -> None:
        """What the shims inside have left to do once a step was taken on ``rows``."""
        with left_to_thinc():
            for shim in {id(s): s for node in self.model.walk() for s in node.shims}.values():
                shim.after_update(optimizer)

    def finish_update(self, optimizer: Any) -> None:
        """One step on each parameter with a gradient."""
        for row in self.rows():
            if row.gradient is not None:
                step(self.key_of(row.path), row.weights, row.gradient, optimizer)
        self.after_rows(optimizer)

    def key_of(self, path: str) -> tuple[int, str]:
        """What an optimizer knows the parameter at this path by."""
        times = self.resized[path]
        return self.id, f"{PREFIX}{path}#{times}" if times else PREFIX + path

    def begin_anew(self, paths: Iterable[str]) -> None:
        """Let optimizers forget what they know of parameters, which have other shapes now."""
        self.resized.update(paths)

    def keys_of_rows(self, values: Mapping[str, Any]) -> dict[Any, Any]:
        """Values by the path of a parameter, by the keys that ``use_params`` takes."""
        return {self.key_of(path): value for path, value in values.items()}

    @contextmanager
    def use_params(self, params: Mapping[Any, Any]) -> Generator[None]:
        """Inside the block, run with these weights, such as ``optimizer.averages``."""
        keys = {row.key: self.key_of(row.path) for row in self.rows()}
        mine = {key: params[theirs] for key, theirs in keys.items() if theirs in params}
        with ExitStack() as stack:
            if mine:
                stack.enter_context(self.model.use_params(mine))
            yield

    # --- copies and files ---------------------------------------------------------------

    def arrays(self) -> dict[str, Any]:
        """Weights and what shims keep beside them, by path; None for what is not made yet."""
        with left_to_thinc():
            found: dict[str, Any] = {
                parameter_path(path, name): node.maybe_get_param(name)
                for node, path in _layers(self.model)
                for name in node.param_names
            }
            for where, shim in _shims(self.model):
                found |= {f"{where}/{name}": x for name, x in shim.tensors().items()}
        return found

    def settings(self) -> dict[str, Any]:
        """The sizes of the layers, by path."""
        return {path: dict(node._dims) for node, path in _layers(self.model)}

    def take_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over what ``settings`` gave."""
        for node, path in _layers(self.model):
            sizes = settings.get(path, {})
            node._dims.update({n: size for n, size in sizes.items() if n in node._dims})
        renew(self.model, [node for node in self.model.walk() if node.role != "layer"])

    def misfits(self, settings: Any) -> list[str]:
        """Sizes that are set here, and are others in what ``settings`` gave."""
        if not (is_dict(settings) and all(map(is_dict, settings.values()))):
            return ["the sizes are malformed"]
        found: list[str] = []
        for node, path in _layers(self.model):
            for name, size in settings.get(path, {}).items():
                here = node.maybe_get_dim(name)
                if None not in (here, size) and here != size:
                    where = parameter_path(path, name)
                    found.append(f"{where} ({node.name}) is {here} here, {size} in the file")
        return found

    def load_arrays(self, arrays: Mapping[str, Any]) -> None:
        """Take over what ``arrays`` gave."""
        with left_to_thinc():
            for node, path in _layers(self.model):
                node._grads.clear()
                for name in node.param_names:
                    array = arrays[parameter_path(path, name)]
                    made = None if array is None else np.array(array, order="C")
                    node.set_param(name, None if made is None else node.ops.asarray(made))
            for where, shim in _shims(self.model):
                begin = f"{where}/"
                mine = {n[len(begin) :]: x for n, x in arrays.items() if n.startswith(begin)}
                shim.load_tensors(mine)

    def to_bytes(self) -> bytes:
        """What ``Model.to_bytes`` gives."""
        with left_to_thinc():
            return self.model.to_bytes()

    def from_bytes(self, data: bytes) -> CombinetShim:
        """Take over what ``to_bytes`` gave; all of it, or nothing."""
        if not isinstance(data, bytes):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise LoadError("the bytes of a model of combinet's are missing in what Thinc saved")
        with left_to_thinc():
            self.model.from_bytes(data)
        self.rate = None
        return self

    def copy(self) -> CombinetShim:
        """A copy under an id of its own, which shares no weights."""
        with left_to_thinc():  # the copy of the node has copies of them, which bound() takes
            return CombinetShim(self.model.copy())

    def __deepcopy__(self, memo: dict[int, Any]) -> CombinetShim:
        return self.copy()

    def __setstate__(self, state: dict[str, Any]) -> None:
        with _Shim.global_id_lock:
            _Shim.global_id += 1
            self.__dict__.update({**state, "id": _Shim.global_id})

    def to_device(self, device_type: str, device_id: int) -> None:
        """Move the parameters: "cpu", or "gpu" with a number."""
        if device_type == "cpu":
            self.model.to_cpu()
        else:
            self.model.to_gpu(device_id)


def forward(model: Any, X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    """The forward of the node of Thinc's."""
    shim: CombinetShim = model.shims[0]
    shim.bound(model.layers)
    shim.push_rate(model.attrs["dropout_rate"])
    return shim(X, is_train)


def init(model: Any, X: Any = None, Y: Any = None) -> Any:
    """The init of the node of Thinc's: infer the sizes, and make the parameters.

    The seed is drawn from NumPy's global stream, as those of Thinc's own layers are.
    """
    inner = model.shims[0].bound(model.layers)
    sample = to_ours(X)
    for dim in ("nI", "nO"):
        if model.has_dim(dim) and inner.has_dim(dim) is None:
            inner.set_dim(dim, model.get_dim(dim))
    # A chain of Thinc's gives Y to every layer without a width; it is the last one's only.
    target = None if inner.check(sample) else to_ours(Y)
    seed = int(np.random.randint(2**31))  # noqa: NPY002
    try:
        inner.initialize(sample, target, seed=seed)
    except DimError:
        if target is None:
            raise
        inner.initialize(sample, seed=seed)  # it has a width, which Thinc inside of it knew
    for dim, size in sizes(inner).items():
        if model.has_dim(dim) is not False and size is not None:
            model.set_dim(dim, size, force=True)
    return model


def sizes(inner: Model[Any, Any]) -> dict[str, int | None]:
    """The dims of a model of ours, with its widths where other dims imply them."""
    found = {name: inner.maybe_get_dim(name) for name in inner.dim_names}
    check = inner.check()
    for name, spec in (("nI", check.x), ("nO", check.y)):
        if found.get(name) is None and spec is not None and spec.dtype != "i":
            found[name] = spec.width
    return {n: s for n, s in found.items() if s is not None or n in inner.dim_names}


def nested(model: Model[Any, Any]) -> Iterator[ThincShim]:
    """The shims of all models of Thinc's inside, each once."""
    shims = {id(shim): shim for node in model.walk() for shim in node.shims}
    return (shim for shim in shims.values() if isinstance(shim, ThincShim))


def _layers(model: Model[Any, Any]) -> Iterator[tuple[Model[Any, Any], str]]:
    """The nodes that may hold parameters, each with a path of its own."""
    return ((node, path) for node, path in node_paths(model).items() if node.role == "layer")


def _shims(model: Model[Any, Any]) -> Iterator[tuple[str, Any]]:
    seen: set[int] = set()
    for node, path in node_paths(model).items():
        for index, shim in enumerate(node.shims):
            if id(shim) not in seen:
                seen.add(id(shim))
                yield parameter_path(path, f"shim.{index}"), shim
