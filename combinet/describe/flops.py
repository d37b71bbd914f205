"""How much arithmetic a model does: the FLOPs of a forward pass, by what they are done for.

Counted are products of matrices, a multiplication and an addition as 2, as torch's flop counter
counts them: that is where the time goes. Looking rows up, adding biases, activations, norms and
means are not counted. A layer without a rule is open, never guessed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Iterable, Mapping
from math import prod
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from ..errors import CombinetError

if TYPE_CHECKING:
    from ..model import Model

#: What work is done for: a row that goes in, each two rows of one sequence, a whole sequence.
ROW, PAIR, SEQUENCE, KEY = "row", "pair", "sequence", "key"
_SHOWN = {ROW: "", PAIR: " n", SEQUENCE: "/sequence", KEY: "/key"}

#: What is known of how often a node runs; None where nothing is.
Unit: TypeAlias = str | None


class Flops:
    """FLOPs for each row and other unit; ``open`` where some of them are not known."""

    __slots__ = ("open", "terms")

    def __init__(self, terms: Mapping[str, int] = {}, *, open: bool = False) -> None:
        self.terms, self.open = {unit: n for unit, n in terms.items() if n}, open

    def __add__(self, other: Flops) -> Flops:
        units = {**self.terms, **other.terms}
        terms = {unit: self.terms.get(unit, 0) + other.terms.get(unit, 0) for unit in units}
        return Flops(terms, open=self.open or other.open)

    def __str__(self) -> str:
        """``2,048 + 512 n + 60/sequence``, where n is the number of rows in a sequence."""
        parts = [f"{self.terms[u]:,}{shown}" for u, shown in _SHOWN.items() if u in self.terms]
        parts += ["?"] if self.open else []
        return " + ".join(parts) or "0"


class FlopsOf:
    """The FLOPs of a tree, by node; sizes that are not known leave a node open.

    A node that runs in several places has those of all of them. ``ruleless`` are the nodes of
    which nothing is known, whatever their sizes.
    """

    def __init__(self, root: Model[Any, Any]) -> None:
        self.own: dict[Model[Any, Any], Flops] = {}
        self.ruleless: list[Model[Any, Any]] = []
        self.run(root, ROW)

    @property
    def total(self) -> Flops:
        """Of the whole tree."""
        return sum(self.own.values(), Flops())

    def run(self, node: Model[Any, Any], unit: Unit) -> Unit:
        """Count one run of a node for each unit; for each what its output has rows."""
        self.own.setdefault(node, Flops())
        return _rule_of(node)(self, node, unit)

    def add(self, node: Model[Any, Any], unit: Unit, number: int | None) -> None:
        """Count what a node does itself, for each unit; None where that is not known."""
        if number != 0:
            is_open = number is None or unit is None
            self.own[node] += Flops(open=True) if is_open else Flops({unit or "": number or 0})


Rule: TypeAlias = Callable[[FlopsOf, Any, Unit], Unit]
Count = TypeVar("Count", bound=Callable[[Any], int])


def flops_rule(forward: Callable[..., Any]) -> Callable[[Count], Count]:
    """Say how many FLOPs a layer of one's own does for each row: a decorator.

    Args:
        forward: The function that its ``Model`` was made with.

    Example:
        >>> from combinet import Model
        >>> from combinet.describe import flops_rule
        >>> def forward(model, X, is_train):
        ...     return X @ X.T, lambda dY: dY
        >>> @flops_rule(forward)
        ... def count(model):
        ...     return 2 * model.get_dim("nI")
        >>> print(FlopsOf(Model("mine", forward, dims={"nI": 8})).total)
        16
    """

    def add(count: Count) -> Count:
        def rule(flops: FlopsOf, node: Model[Any, Any], unit: Unit) -> Unit:
            flops.add(node, unit, _known(lambda: count(node)))
            return _around(flops, node, unit) if node.layers else unit

        _OF_FORWARD[forward] = rule
        return count

    return add


def _rule_of(node: Model[Any, Any]) -> Rule:
    forward: Any = node._func  # pyright: ignore[reportPrivateUsage]
    while isinstance(forward, functools.partial):
        forward = forward.func  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    if isinstance(forward, Hashable) and forward in _OF_FORWARD:
        return _OF_FORWARD[forward]
    module = getattr(forward, "__module__", "")
    name = f"{module.removeprefix('combinet.')}.{getattr(forward, '__name__', '')}"
    known = _RULES.get(name) or _RULES.get(name.rpartition(".")[0])
    return known or (_nothing if _gives_ids(node, module) else _unknown)


def _gives_ids(node: Model[Any, Any], module: str) -> bool:
    """Whether a layer of ours makes ids of what goes in: no gradient comes back through it."""
    alone = not (node.layers or node.param_names or node.shims)
    return alone and node.gradient == "none" and module.startswith("combinet.")


def _known(count: Callable[[], int]) -> int | None:
    """A number, or None where it needs a size that is not known."""
    try:
        return count()
    except CombinetError:
        return None


def _size(node: Model[Any, Any], name: str) -> int:
    """The number of elements of a parameter, made or to be made, its own or a tied one."""
    array = node.maybe_get_param(name)
    if array is not None:
        return int(array.size)
    weight = node._weights.get(name)  # pyright: ignore[reportPrivateUsage]
    if weight is None:
        return _size(node.layers[0], node.attrs["tied"][name])
    return prod(weight.shape(node))


# --- rules: they count a node, run the layers inside it, and say what its output has rows for


def _unknown(flops: FlopsOf, node: Model[Any, Any], unit: Unit) -> Unit:
    """A layer of someone else's, which may run those inside it however often."""
    flops.add(node, None, None)
    flops.ruleless.append(node)
    for layer in node.layers:
        flops.run(layer, None)
    return None


def _nothing(flops: FlopsOf, node: Model[Any, Any], unit: Unit) -> Unit:
    return unit


def _pooled(flops: FlopsOf, node: Model[Any, Any], unit: Unit) -> Unit:
    return SEQUENCE if unit == ROW else None


def _matrices(*names: str) -> Rule:
    """The rule of a layer that multiplies each row by each of these matrices."""

    def rule(flops: FlopsOf, node: Model[Any, Any], unit: Unit) -> Unit:
        flops.add(node, unit, _known(lambda: 2 * sum(_size(node, name) for name in names)))
        return unit

    return rule


def _lstm(flops: FlopsOf, node: Model[Any, Any], unit: Unit) -> Unit:
    def count() -> int:
        nO, nI, depth = (node.get_dim(name) for name in ("nO", "nI", "depth"))
        width = nO // node.get_dim("dirs")
        return 8 * nO * sum((nI if i == 0 else nO) + width for i in range(depth))

    flops.add(node, unit, _known(count))
    return unit


def _attention(flops: FlopsOf, node: Model[Any, Any], unit: Unit) -> Unit:
    """Each row with each row of its sequence: once for the weights, once for the means."""
    for layer in node.layers:
        flops.run(layer, unit)
    pairs = _known(lambda: 4 * node.get_dim("nO"))
    flops.add(node, PAIR if unit == ROW else None, pairs)
    return unit


def _cross_attention(flops: FlopsOf, node: Model[Any, Any], unit: Unit) -> Unit:
    """The keys are rows of their own; n is their number."""
    key = KEY if unit == ROW else None
    for layer, each in zip(node.layers, (unit, key, key, unit), strict=True):
        flops.run(layer, each)
    pairs = _known(lambda: 4 * node.get_dim("nO"))
    flops.add(node, PAIR if unit == ROW else None, pairs)
    return unit


def _scored(flops: FlopsOf, node: Model[Any, Any], unit: Unit) -> Unit:
    """Of parametric attention: the score of each transformed row is its product with a vector."""
    _around(flops, node, unit)
    return _matrices("Q")(flops, node, unit)


def _chain(flops: FlopsOf, node: Model[Any, Any], unit: Unit) -> Unit:
    for layer in node.layers:
        unit = flops.run(layer, unit)
    return unit


def _around(flops: FlopsOf, node: Model[Any, Any], unit: Unit) -> Unit:
    """Of combinators that run each of their layers once on all that goes in."""
    found = {flops.run(layer, unit) for layer in node.layers}
    return found.pop() if len(found) == 1 else None


def _siamese(flops: FlopsOf, node: Model[Any, Any], unit: Unit) -> Unit:
    layer, similarity = node.layers
    flops.run(layer, unit)
    return flops.run(similarity, flops.run(layer, unit))


def _named(rule: Rule, folder: str, names: Iterable[str]) -> dict[str, Rule]:
    return {f"{folder}.{name}": rule for name in names}


_OF_FORWARD: dict[Any, Rule] = {}
#: By the module of a node's forward function, or by its full name, under ``combinet``.
_RULES: dict[str, Rule] = {
    "chain": _chain,
    **_named(_nothing, "combinators", ("noop", "select")),
    **_named(
        _around,
        "combinators",
        """add bidirectional clip_gradient concatenate freeze map_list microbatch named parallel
        recompute residual resizable scale_gradient tap tuplify uniqued with_array with_array2d
        with_cpu with_debug with_flatten with_flatten_v2 with_getitem with_list with_nvtx_range
        with_padded with_ragged with_reshape with_signpost_interval""".split(),
    ),
    "combinators.siamese": _siamese,
    **_named(
        _nothing,
        "layers",
        """_activation array_getitem dropout embed expand_window hashembed layernorm
        learnedpositions list2array list2padded list2ragged padded2list premap_ids ragged2list
        remap_ids rmsnorm rotarypositions softmax_activation strings2arrays
        from_function._forward_elementwise""".split(),
    ),
    **_named(
        _matrices("W"),
        "layers",
        """cauchysimilarity clippedlinear conv1d dish geglu gelu hardswish hardswishmobilenet
        linear maxout mish multisoftmax relu sigmoid softmax swiglu swish""".split(),
    ),
    "layers.gru": _matrices("Wx", "Wh"),
    "layers.parametricattention": _matrices("Q"),
    "layers.lstm": _lstm,
    "layers.multiheadattention": _attention,
    "layers.crossattention": _cross_attention,
    "layers.parametricattention_v2": _scored,
    **_named(
        _pooled,
        "layers",
        "reduce_first reduce_last reduce_max reduce_mean reduce_sum sparselinear".split(),
    ),
    **_named(_around, "text", ("_same_labels",)),
    **_named(_nothing, "text", ("transitions",)),
    **_named(_matrices("W"), "text", ("static_vectors",)),
}
