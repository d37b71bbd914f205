"""from_thinc and to_thinc: the networks of either library inside those of the other."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..backprop import NO_DX
from ..errors import DTypeError
from ..model import Model
from ..rng import current_generator
from ._thinc_containers import import_thinc, to_ours, to_thincs
from ._thinc_shim import ThincShim


def from_thinc(model: Any) -> Model[Any, Any]:
    """A model of Thinc's as one of ours: it runs, learns, saves and copies like any other.

    The result is one node. It runs ``model`` itself, and its weights stay where they are: in
    files and for an optimizer they are called ``shim.0/`` and the way to their node in Thinc's
    tree, ``shim.0/1.0/W``. Ragged, Padded and ArgsKwargs change from one library's to the
    other's with the same arrays in them.

    ``initialize`` makes its weights anew, as Thinc's does, and from our seed: load weights
    after it. ``attrs["dropout_rate"]`` is passed on to every node inside once it is set.

    Args:
        model: Of Thinc's, such as a tok2vec of spaCy's.

    Raises:
        MissingPackageError: Thinc is not installed.
        DTypeError: It is no model of Thinc's.

    Example:
        ``model = Relu(8) >> from_thinc(thinc.api.Maxout(6)) >> Softmax()``
    """
    thinc = import_thinc()
    if not isinstance(model, thinc.Model):
        raise DTypeError(
            f"from_thinc() takes a model of Thinc's, got {type(model).__name__}",
            fix="models of combinet go into one another as they are"
            if isinstance(model, Model)
            else "",
        )
    of_logits = any(node.name == "softmax" for node in model.walk())
    # One name for every model: another may take its place, as where spaCy replaces listeners.
    return Model(
        "thinc",
        _forward,
        init=_init,
        dims={n: model.maybe_get_dim(n) for n in ("nI", "nO") if n in ("nO", *model.dim_names)},
        shims=[ThincShim(model)],
        attrs={"dropout_rate": None},
        gradient="of logits" if of_logits else "exact",
    )


def to_thinc(model: Model[Any, Any]) -> Any:
    """A model of ours as a ``thinc.api.Model``: in a network of Thinc's, or a pipe of spaCy's.

    The result is one node, and the models of Thinc's that ``model`` holds are its layers: so
    they are walked, replaced, saved and updated by Thinc, and ours by the node. Its dims are
    those of ``model``, its attributes copies; references to models of Thinc's stay references.
    ``set_dropout_rate`` of Thinc's reaches the nodes inside. The seed that ``initialize`` draws
    comes from ``numpy.random``, which Thinc's ``fix_random_seed`` and spaCy seed.

    Optimizer and averages know its weights as ``(shim.id, "combinet/" + path)``. Its bytes
    are a safetensors file inside of Thinc's MessagePack; no pickle is in them.

    Args:
        model: It is not copied.

    Raises:
        MissingPackageError: Thinc is not installed.
        DTypeError: It is no model of ours.

    Example:
        ``model = thinc.api.chain(to_thinc(Relu(8)), thinc.api.Softmax())``
    """
    thinc = import_thinc()
    if not isinstance(model, Model):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise DTypeError(f"to_thinc() takes a model of combinet, got {type(model).__name__}")
    from . import _thinc_node as node

    if model.shims and isinstance(model.shims[0], ThincShim) and not model.layers:
        return model.shims[0].model
    made = thinc.Model(
        model.name,
        node.forward,
        init=node.init,
        dims=node.sizes(model),
        layers=[shim.model for shim in node.nested(model)],
        shims=[node.CombinetShim(model)],
        attrs={"dropout_rate": None, **model.attrs},
    )
    for name in model.ref_names:
        target = model.maybe_get_ref(name)
        shims = [] if target is None else target.shims
        if shims and isinstance(shims[0], ThincShim):
            made.set_ref(name, shims[0].model)
        elif name == "output_layer":  # asked for its nO, which the node has
            made.set_ref(name, made)
    if made.ops.device_type != model.ops.device_type:
        made.shims[0].to_device(made.ops.device_type, made.ops.device_id)
    return made


def _forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Callable[..., Any]]:
    inner: Any = _inside(model)
    rate = model.attrs["dropout_rate"]
    if rate is not None:
        import_thinc().set_dropout_rate(inner, rate)
    Y, backprop_thinc = inner(to_thincs(X), is_train)

    def backprop(dY: Any, *, need_dX: bool = True) -> Any:
        dX = backprop_thinc(to_thincs(dY))
        return to_ours(dX) if need_dX else NO_DX

    return to_ours(Y), backprop


def _init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    inner: Any = _inside(model)
    for name in model.dim_names:
        size = model.maybe_get_dim(name)
        if size is not None and inner.has_dim(name) is None:
            inner.set_dim(name, size)
    with _numpy_seeded(int(current_generator().integers(2**32))):
        inner.initialize(X=to_thincs(X), Y=to_thincs(Y))
    for name in model.dim_names:
        if inner.has_dim(name):
            model.set_dim(name, inner.get_dim(name), force=True)


def _inside(model: Model[Any, Any]) -> Any:
    shim: Any = model.shims[0]
    return shim.model


@contextmanager
def _numpy_seeded(seed: int) -> Generator[None]:
    """Let Thinc, which draws from NumPy's global stream, draw from ours inside the block."""
    before = np.random.get_state()  # noqa: NPY002
    np.random.seed(seed)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002
