"""Model: a function that is trained, and the data that it needs.

A model is data (dims, params, attrs, layers) plus a module-level ``forward`` that returns
an output and a closure, ``backprop``. Everything here runs, composes, edits or saves it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from os import PathLike
from typing import Any, Literal, Self, TypeGuard, TypeVar

from . import edit, initialize, parameters, serialize, summary
from .backprop import NO_DX as NO_DX
from .backprop import only_predicting
from .backprop import predict_only as predict_only
from .backprop import without_dX as without_dX
from .errors import StructureError
from .explain import in_words
from .initialize import Check
from .node import STORED, Node
from .node import Contract as Contract
from .node import Initializer as Initializer
from .node import Role as Role
from .node import Weight as Weight
from .operators import Composable
from .ops import get_ops
from .paths import note_where
from .types import Parameter

In = TypeVar("In")
Out = TypeVar("Out")


class Model(Node, Composable[In, Out]):
    """A function that can be trained: call it, get its output and its backprop.

    Invariant in both parameters on purpose: data flows In -> Out and gradients flow
    Out -> In, so neither end can be widened.

    Args:
        name: For errors and pictures; need not be unique.
        forward: ``forward(model, X, is_train) -> (Y, backprop)``.
        init: ``init(model, X=None, Y=None)``, for a node whose sizes only data can tell.
        dims: Sizes by name, None where they are to be inferred.
        params: Arrays by name, None, or a ``Weight`` that says how to make one.
        layers: The nodes this one calls.
        shims: Objects of other frameworks.
        attrs: Settings; saved with the model.
        refs: Names for nodes of the tree.
        ops: Backend; the current one when omitted.
        infer: ``infer(model, x, y) -> (x, y)`` over ``Spec``, see ``combinet.infer``.
        gradient: What backprop computes: the "exact" gradient, one "of logits", "none", or
            a function that is applied to the exact one.
        role: How paths count this node's children, see ``combinet.paths``.
    """

    __slots__ = ()

    def __call__(self, X: In, is_train: bool) -> tuple[Out, Callable[[Out], In]]:
        try:
            result: tuple[Out, Callable[[Out], In]] = self._func(self, X, is_train)
        except Exception as error:
            note_where(error, self)
            raise
        return result

    def predict(self, X: In) -> Out:
        """The output alone, not in training."""
        return self(X, False)[0]

    def begin_update(self, X: In, *, need_dX: bool = True) -> tuple[Out, Callable[[Out], In]]:
        """The output in training, and its backprop.

        Args:
            need_dX: With False, backprop returns None and the first layer saves itself the
                gradient of its input.
        """
        Y, run = self(X, not only_predicting.get())
        run = run if need_dX else without_dX(run)

        def backprop(dY: Out) -> In:
            try:
                return run(dY)
            except Exception as error:
                note_where(error, self)
                raise

        return Y, backprop

    def initialize(self, X: In | None = None, Y: Any = None, *, seed: int | None = None) -> Self:
        """Infer the open sizes from the samples and make the parameters.

        Args:
            X: A sample of the input; a model whose sizes are all given needs none.
            Y: A sample of what is to be predicted; 1-d ints are class numbers.
            seed: Equal seeds give equal weights, whatever else the process does.

        Raises:
            DimError: Sizes contradict each other, or some stay open.
        """
        initialize.initialize(self, X, Y, seed)
        return self

    def check(self, X: In | None = None, Y: Any = None) -> Check:
        """Infer sizes as ``initialize`` does, but make and change nothing.

        Raises:
            DimError: Sizes contradict each other.
        """
        return initialize.check(self, X, Y)

    def parameters(self) -> Iterator[Parameter]:
        """Every made parameter once, with its path: what an optimizer takes."""
        return parameters.parameters(self)

    def finish_update(self, optimizer: Callable[..., tuple[Any, Any]]) -> None:
        """Take one step on every parameter that has a gradient.

        Args:
            optimizer: Ours, or any ``optimizer(key, weights, gradient) -> (weights, gradient)``
                that changes the two in place or returns others. The gradient that it leaves is
                what the next backprop adds to: zeros, as a rule.
        """
        parameters.finish_update(self, optimizer)

    def get_gradients(self) -> dict[tuple[int, str], tuple[Any, Any]]:
        """(parameter, gradient) by (node id, name)."""
        return parameters.gradients(self)

    def use_params(self, params: Mapping[Any, Any]) -> AbstractContextManager[None]:
        """Run with other parameters, such as ``optimizer.averages``, inside the block.

        Args:
            params: By ``(node id, name)``; a key of no node here is left alone.
        """
        return parameters.use_params(self, params)

    # --- the tree -----------------------------------------------------------------------

    def walk(
        self, *, order: Literal["bfs", "dfs_pre", "dfs_post"] = "bfs"
    ) -> Iterator[Model[Any, Any]]:
        """This node and all under it, each once."""
        return edit.walk(self, order)

    def set_ref(self, name: str, value: Model[Any, Any] | None) -> None:
        """Name a node of this tree; None unsets.

        Raises:
            StructureError: The node is not in the tree.
        """
        if value is not None and not any(node is value for node in self.walk()):
            raise StructureError(
                f"{value.name!r} is not in the tree of {self.name!r}",
                fix=f"put it among the layers before naming it {name!r}",
            )
        self._refs[name] = value

    def remove_node(self, node: Model[Any, Any]) -> None:
        """Take ``node`` out of every list of layers; references to what left are unset."""
        edit.remove_node(self, node)

    def replace_node(self, old: Model[Any, Any], new: Model[Any, Any]) -> bool:
        """Put ``new`` where ``old`` is, among layers and references; whether it was there."""
        return edit.replace_node(self, old, new)

    def replace_callbacks(
        self, forward: Callable[..., Any], *, init: Callable[..., Any] | None = None
    ) -> None:
        """Run ``forward`` from now on; without ``init``, sizes are inferred as before."""
        self._func, self.init = forward, init

    def copy(self) -> Self:
        """A deep copy under new ids; what is shared inside stays shared."""
        return edit.copy(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self.copy()

    def __getstate__(self) -> dict[str, Any]:
        state = {name: getattr(self, name) for name in STORED}
        state["_origins"] = in_words(self._origins)
        return {**state, "ops": (self.ops.name, self.ops.device_id)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        name, device = state["ops"]
        state = {**state, "ops": get_ops(name, device_id=device), "id": Node._next_id()}
        for slot, value in state.items():
            setattr(self, slot, value)
        self._plan = self._rows = None

    def to_dtype(self, dtype: Literal["float32", "float64"]) -> Self:
        """Cast every parameter and gradient, in place; float64 is for gradient checks."""
        return edit.to_dtype(self, dtype)

    def to_cpu(self) -> Self:
        """Move every parameter, gradient and shim to the CPU, in place."""
        return edit.to_ops(self, get_ops("cpu"))

    def to_gpu(self, gpu_id: int) -> Self:
        """Move every parameter, gradient and shim to a GPU, in place."""
        return edit.to_ops(self, get_ops("cupy", device_id=gpu_id))

    # --- looks --------------------------------------------------------------------------

    def __repr__(self) -> str:
        return summary.summarize(self, columns=("name", "dims", "parameters"))

    def summary(self, *, fused: bool = False) -> str:
        """The tree as a table: paths, names, dims, parameters and bytes.

        Args:
            fused: Say too which layers run together as one op, see ``fusion``.
        """
        columns = (*summary.COLUMNS, summary.FUSED) if fused else summary.COLUMNS
        return summary.summarize(self, columns)

    def _repr_html_(self) -> str:
        return summary.to_html(self)

    def to_mermaid(self) -> str:
        """A Mermaid flow chart of the tree."""
        return summary.to_mermaid(self)

    def to_dot(self) -> str:
        """A Graphviz graph of the tree."""
        return summary.to_dot(self)

    # --- files --------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Structure, sizes, attributes and parameters as plain data."""
        return serialize.to_dict(self)

    def from_dict(self, message: Mapping[str, Any]) -> Self:
        """Take over what ``to_dict`` of a like model gave; all of it, or nothing."""
        serialize.from_dict(self, message)
        return self

    def to_bytes(self, *, sample: In | None = None) -> bytes:
        """A safetensors file as bytes, with what is predicted for ``sample`` as its probe."""
        return serialize.to_bytes(self, sample)

    def from_bytes(self, data: bytes, *, replay: bool = True) -> Self:
        """Take over what ``to_bytes`` of a like model gave; all of it, or nothing.

        Raises:
            LoadError: It is damaged, does not fit, or fails the replay of its probe.
        """
        serialize.from_bytes(self, data, replay=replay)
        return self

    def to_disk(self, path: str | PathLike[str], *, sample: In | None = None) -> None:
        """Write ``to_bytes`` to a file: the old file survives until the new one is whole."""
        serialize.to_disk(self, path, sample)

    def from_disk(self, path: str | PathLike[str], *, replay: bool = True) -> Self:
        """``from_bytes`` of a file."""
        serialize.from_disk(self, path, replay=replay)
        return self

    def can_from_dict(self, message: Mapping[str, Any], *, strict: bool = True) -> bool:
        """Whether ``from_dict`` would work; with strict, names and attributes must agree too."""
        return not serialize.differences(self, message, strict=strict)

    def can_from_bytes(self, data: bytes, *, strict: bool = True) -> bool:
        """Whether ``from_bytes`` would work."""
        return serialize.can_from_bytes(self, data, strict=strict)

    def can_from_disk(self, path: str | PathLike[str], *, strict: bool = True) -> bool:
        """Whether ``from_disk`` would work."""
        return serialize.can_from_disk(self, path, strict=strict)


def is_model(value: object) -> TypeGuard[Model[Any, Any]]:
    """Whether this is a model."""
    return isinstance(value, Model)
