"""tie: a layer whose parameters are those of another."""

# A tied node is made of what another node holds, and only nodes themselves may know of that.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from functools import partial
from typing import Any, TypeVar

from ..errors import StructureError, UnknownName
from ..infer import Infer, Spec, mirror
from ..model import Model
from ..registry import registry
from ..types import FloatsXd

In = TypeVar("In")
Out = TypeVar("Out")


@registry.layers("tie.v1")
def tie(layer: Model[In, Out], owner: Model[Any, Any], **params: str) -> Model[In, Out]:
    """A node like ``layer`` that uses parameters of ``owner``: ``tie(Linear(), embed, W="E")``.

    There is one array, one gradient that both add to, one step of the optimizer, one entry in
    files. The owner is a child of the new node, and as a shared node it has the path of its
    first place: put it before. Sizes of the shared arrays are one, and are inferred both ways.

    Args:
        layer: Taken as a pattern, and left as it is.
        owner: The node that holds the parameters.
        params: By name in ``layer``, the name in ``owner``; all that are called the same in both
            if omitted. Kept in ``attrs["tied"]``.

    Raises:
        UnknownName: One of them has no such parameter.
        StructureError: The layer has layers of its own, or sizes that only data can tell, or
            the shared arrays have different shapes by their declaration.

    Source:
        Press and Wolf, Using the Output Embedding to Improve Language Models, 2017.
    """
    if layer.layers or layer.shims or layer.infer is None:
        raise StructureError(
            f"tie() takes one layer that infers its sizes, and {layer.name!r} is not one",
            fix="tie the layer inside that has the parameter",
        )
    common = [name for name in layer.param_names if owner.has_param(name) is not False]
    tied = params or {name: name for name in common}
    _refuse_unknown(layer, owner, tied)
    own = [name for name in layer.param_names if name not in tied]
    contract: Any = layer.gradient
    model = _Tied[In, Out](
        layer.name,
        layer._func,
        dims={name: layer.maybe_get_dim(name) for name in layer.dim_names},
        params={name: layer._weights.get(name, layer.maybe_get_param(name)) for name in own},
        layers=[owner],
        attrs={**layer.attrs, "tied": tied},
        ops=layer.ops,
        infer=partial(_infer, own=layer.infer, dims=_shared_dims(layer, owner, tied)),
        gradient=contract,
    )
    model._origins = dict(layer._origins)
    return model


def _refuse_unknown(layer: Model[Any, Any], owner: Model[Any, Any], tied: dict[str, str]) -> None:
    for node, names in ((layer, tied.keys()), (owner, tied.values())):
        for name in names:
            node._require("parameter", name, node._params)
    if not tied:
        raise UnknownName(
            f"{layer.name!r} and {owner.name!r} have no parameter of the same name",
            fix='name those to be shared, as in tie(Linear(), embed, W="E")',
        )


def _shared_dims(
    layer: Model[Any, Any], owner: Model[Any, Any], tied: dict[str, str]
) -> list[tuple[str, str]]:
    """Pairs of dims, of the layer and of the owner, that are one size."""
    pairs: list[tuple[str, str]] = []
    for mine, theirs in tied.items():
        ours, others = layer._weights.get(mine), owner._weights.get(theirs)
        if ours is None or others is None or ours.shape_of or others.shape_of:
            continue
        if len(ours.dims) != len(others.dims):
            raise StructureError(
                f"{mine!r} of {layer.name!r} and {theirs!r} of {owner.name!r} have other shapes",
                layer=ours.dims,
                owner=others.dims,
            )
        pairs += zip(ours.dims, others.dims, strict=True)
    return pairs


def _infer(
    model: Model[Any, Any],
    x: Spec | None,
    y: Spec | None,
    *,
    own: Infer,
    dims: list[tuple[str, str]],
) -> tuple[Spec | None, Spec | None]:
    (owner,) = model.layers
    for mine, theirs in dims:
        mirror(model, mine, mirror(owner, theirs, None))
        mirror(owner, theirs, mirror(model, mine, None))
    return own(model, x, y)


class _Tied(Model[In, Out]):
    """A node that finds some of its parameters, and their gradients, in its child."""

    __slots__ = ()

    def _place(self, name: str) -> tuple[Model[Any, Any], str] | None:
        theirs = self.attrs["tied"].get(name)
        return None if theirs is None else (self.layers[0], theirs)

    def has_param(self, name: str) -> bool | None:
        place = self._place(name)
        return place[0].has_param(place[1]) if place else super().has_param(name)

    def get_param(self, name: str) -> Any:
        place = self._place(name)
        return place[0].get_param(place[1]) if place else super().get_param(name)

    def maybe_get_param(self, name: str) -> Any:
        place = self._place(name)
        return place[0].maybe_get_param(place[1]) if place else super().maybe_get_param(name)

    def set_param(self, name: str, value: FloatsXd | None) -> None:
        place = self._place(name)
        if place:
            place[0].set_param(place[1], value)
        else:
            super().set_param(name, value)

    def has_grad(self, name: str) -> bool:
        place = self._place(name)
        return place[0].has_grad(place[1]) if place else super().has_grad(name)

    def get_grad(self, name: str) -> Any:
        place = self._place(name)
        return place[0].get_grad(place[1]) if place else super().get_grad(name)

    def maybe_get_grad(self, name: str) -> Any:
        place = self._place(name)
        return place[0].maybe_get_grad(place[1]) if place else super().maybe_get_grad(name)

    def set_grad(self, name: str, value: FloatsXd) -> None:
        place = self._place(name)
        if place:
            place[0].set_grad(place[1], value)
        else:
            super().set_grad(name, value)

    def inc_grad(self, name: str, value: FloatsXd) -> None:
        place = self._place(name)
        if place:
            place[0].inc_grad(place[1], value)
        else:
            super().inc_grad(name, value)

    def accumulator(self, name: str) -> Any:
        place = self._place(name)
        return place[0].accumulator(place[1]) if place else super().accumulator(name)
