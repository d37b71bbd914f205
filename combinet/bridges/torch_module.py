"""as_torch_module: a combinet model as a ``torch.nn.Module``."""

# pyright: reportPrivateUsage=false
# Gradients are taken out of the nodes, where torch wants them returned.

from __future__ import annotations

import sys
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from ..backprop import without_dX
from ..errors import BackpropError, DTypeError, StructureError
from ..model import Model
from ..paths import node_paths
from ..types import Padded, Ragged
from ..util import convert_recursive, is_xp_array
from ._torch_backward import outside_of_hooks
from .arrays import import_torch, is_tensor, torch2xp, xp2torch
from .torch_shim import PyTorchShim

if TYPE_CHECKING:
    import torch


def as_torch_module(model: Model[Any, Any]) -> torch.nn.Module:
    """A model as a ``torch.nn.Module``: in a network of torch's, under its optimizers.

    Both have the same parameters in the same memory: a step of torch's optimizer changes the
    model, and loading the model changes the module. In ``state_dict`` they are named by path,
    ``0.2.W``. Dropout draws from torch's generator, so that ``torch.manual_seed`` and
    ``torch.utils.checkpoint`` hold.

    The module takes a tensor, or several in lists, tuples and dicts, as the model takes
    arrays; several arguments make a tuple. Gradients of gradients are refused.

    Args:
        model: Initialized. A model with ``Softmax`` takes gradients of logits, which torch's
            losses do not give: leave it off, or use ``softmax_activation``.

    Raises:
        StructureError: The model is not initialized, or some layer's gradient is not the
            gradient of its output.
        MissingPackageError: PyTorch is not installed.
    """
    paths = node_paths(model)
    for node, path in paths.items():
        if node.gradient == "of logits":
            raise StructureError(
                f"{node.name!r} (path {path}) takes a gradient of logits, and torch gives those "
                "of probabilities",
                fix="leave it off and use torch.nn.CrossEntropyLoss, or softmax_activation()",
            )
        if not all(isinstance(shim, PyTorchShim) for shim in node.shims):
            raise StructureError(
                f"{node.name!r} (path {path}) holds parameters of another framework than torch",
                fix="wrap PyTorch modules only",
            )
        for name in node.param_names:
            if node.has_param(name) is None:
                raise StructureError(
                    f"parameter {name!r} of {node.name!r} is not made yet",
                    fix="initialize() the model first",
                )
    module: torch.nn.Module = _module_class()(model)
    return module


class _Shared:
    """One parameter, as the array of a node and as a tensor of a module, on one memory."""

    __slots__ = ("_array", "_pointer", "container", "name", "node")

    def __init__(self, container: Any, node: Model[Any, Any], name: str) -> None:
        self.container, self.node, self.name = container, node, name
        self._array: Any = node.get_param(name)
        tensor = xp2torch(self._array)
        self._pointer = tensor.data_ptr()
        parameter = import_torch().nn.Parameter(tensor, requires_grad=tensor.is_floating_point())
        container.register_parameter(name, parameter)

    @property
    def tensor(self) -> Any:
        """The parameter, or what ``torch.func.functional_call`` put in its place."""
        return self.container._parameters[self.name]

    def sync(self) -> None:
        """Let both have the newer array, where one of them was given another."""
        array, tensor = self.node.get_param(self.name), self.tensor
        if array is not self._array:
            tensor.data = xp2torch(array)
        elif tensor.data_ptr() != self._pointer:
            array = torch2xp(tensor)
            self.node.set_param(self.name, array)
        self._array, self._pointer = array, tensor.data_ptr()


class _Behaviour:
    """The methods of the class that ``_module_class`` makes."""

    model: Model[Any, Any]
    training: bool

    def __init__(self, model: Model[Any, Any]) -> None:
        super().__init__()
        self.model, self.lock = model, Lock()
        self.shared: list[_Shared] = []
        for node, path in node_paths(model).items():
            inside = _container(self, path.split(".") if path else [])
            self.shared += [_Shared(inside, node, name) for name in node.param_names]
            for index, shim in enumerate(node.shims):
                _container(inside, ["shim"]).add_module(str(index), shim._model)

    def forward(self, *args: Any) -> Any:
        compiler = sys.modules.get("torch._dynamo")
        if compiler is None:
            return self._run(*args)
        return compiler.disable(self._run)(*args)  # it would take our layers apart at each call

    def _run(self, *args: Any) -> Any:
        torch, ops = import_torch(), self.model.ops
        given: list[Any] = []

        def take(tensor: Any) -> Any:
            given.append(tensor)
            return torch2xp(tensor, ops=ops)

        for shared in self.shared:
            shared.sync()
        X = convert_recursive(is_tensor, take, args[0] if len(args) == 1 else args)
        if self.training:
            seed = int(torch.randint(2**62, ()))
            for node in self.model.walk():
                node._draws = seed
        call = _Call(self, X, len(given))
        outputs = _function_class().apply(call, *given, *call.parameters)
        left = list(outputs)
        return convert_recursive(is_xp_array, lambda _: left.pop(0), call.outputs)

    def _apply(self, fn: Any, recurse: bool = True) -> Any:
        for shared in self.shared:
            self._refuse_half(fn(shared.tensor.new_empty(0)).dtype)
        import_torch().nn.Module._apply(self, fn, recurse)
        for shared in self.shared:
            shared.sync()
        return self

    def _refuse_half(self, dtype: Any) -> None:
        if dtype.is_floating_point and dtype.itemsize < 4:  # no array could share its memory
            raise DTypeError(
                f"{self.model.name} computes in float32 or float64, not in {dtype}",
                fix="run it under torch.autocast(), which casts what is around it",
            )

    def extra_repr(self) -> str:
        return self.model.name

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        twin: Any = as_torch_module(self.model.copy())
        original: Any = self
        for mine, other in zip(original.parameters(), twin.parameters(), strict=True):
            other.requires_grad_(mine.requires_grad)
        memo[id(self)] = twin
        return twin.train(self.training)

    def __reduce__(self) -> tuple[Any, ...]:
        return as_torch_module, (self.model,)


class _Call:
    """One forward of the model, between torch's tensors."""

    def __init__(self, module: _Behaviour, X: Any, given: int) -> None:
        self.model, self.lock, self.X, self.given = module.model, module.lock, X, given
        self.is_train = module.training
        self.shared = module.shared
        self.shims = [shim for node in self.model.walk() for shim in node.shims]
        of_shims = [p for shim in self.shims for p in shim._model.parameters()]
        self.parameters = [*(shared.tensor for shared in self.shared), *of_shims]
        self.outputs: Any = None

    def run(self, device: Any) -> tuple[Any, ...]:
        """Forward; the outputs as tensors of their own, which torch may write into."""
        self.outputs, self.backprop = self.model(self.X, self.is_train)
        made: list[Any] = []
        convert_recursive(is_xp_array, made.append, self.outputs)
        if not made or isinstance(self.outputs, (Ragged, Padded)):
            raise DTypeError(
                f"{self.model.name} gives {type(self.outputs).__name__}, and not tensors",
                fix="end it in ragged2list() or padded2list()",
            )
        return tuple(xp2torch(array).to(device, copy=True) for array in made)

    def differentiate(self, dYs: tuple[Any, ...], need_dX: bool) -> list[Any]:
        """Gradients of the tensors given, then of the parameters; none is left in the model."""
        ops, left = self.model.ops, list(dYs)
        dY = convert_recursive(is_xp_array, lambda _: torch2xp(left.pop(0), ops=ops), self.outputs)
        nodes = list(self.model.walk())
        torchs = [p for shim in self.shims for p in shim._model.parameters()]
        with self.lock, outside_of_hooks():
            kept, kept_by_torch = [node._grads for node in nodes], [p.grad for p in torchs]
            for node in nodes:
                node._grads = {}
            for p in torchs:
                p.grad = None
            try:
                dX = (self.backprop if need_dX else without_dX(self.backprop))(dY)
                grads = [shared.node.maybe_get_grad(shared.name) for shared in self.shared]
                of_shims = [p.grad for p in torchs]
            finally:
                for node, mine in zip(nodes, kept, strict=True):
                    node._grads = mine
                for p, mine in zip(torchs, kept_by_torch, strict=True):
                    p.grad = mine
        of_inputs: list[Any] = []
        if need_dX:
            convert_recursive(is_xp_array, of_inputs.append, dX)
        # The input's gradient may be dY itself, and torch adds into what it is given.
        tensors: list[Any] = [xp2torch(array).clone() for array in of_inputs]
        tensors = tensors or [None] * self.given
        return [*tensors, *(None if g is None else xp2torch(g) for g in grads), *of_shims]


def _forward(ctx: Any, call: _Call, *tensors: Any) -> tuple[Any, ...]:
    ctx.call = call
    # Not for their values: torch then notices when one is written into before backward.
    ctx.save_for_backward(*tensors)
    return call.run(tensors[0].device if tensors else "cpu")


def _backward(ctx: Any, *dYs: Any) -> tuple[Any, ...]:
    torch, tensors = import_torch(), ctx.saved_tensors
    given = ctx.call.given
    with torch.no_grad():
        found = ctx.call.differentiate(dYs, any(ctx.needs_input_grad[1 : 1 + given]))
        fits = [
            g.to(t.device, t.dtype) if g is not None and t.is_floating_point() else None
            for g, t in zip(found, tensors, strict=True)
        ]
    if torch.is_grad_enabled():  # create_graph=True: they may be differentiated
        depends = next(t for t in (*dYs, *tensors) if t is not None and t.requires_grad)
        fits = [g if g is None else _refusing_class().apply(g, depends) for g in fits]
    return (None, *fits)


def _pass_on(ctx: Any, gradient: Any, depends: Any) -> Any:
    return gradient.view_as(gradient)


def _refuse(ctx: Any, *_: Any) -> None:
    raise BackpropError(
        "a model of combinet gives no gradients of gradients: its backprop is written by hand",
        fix="leave the penalty on them out, or use a torch.nn.Module there",
    )


@cache
def _module_class() -> Any:
    return type("CombinetModule", (_Behaviour, import_torch().nn.Module), {})


@cache
def _function_class() -> Any:
    return _function("CombinetFunction", _forward, _backward)


@cache
def _refusing_class() -> Any:
    return _function("CombinetGradient", _pass_on, _refuse)


def _function(name: str, forward: Any, backward: Any) -> Any:
    methods = {"forward": staticmethod(forward), "backward": staticmethod(backward)}
    return type(name, (import_torch().autograd.Function,), methods)


def _container(root: Any, names: list[str]) -> Any:
    """The submodule at these names; empty ones are made on the way."""
    for name in names:
        if name not in root._modules:
            root.add_module(name, import_torch().nn.Module())
        root = root._modules[name]
    return root
