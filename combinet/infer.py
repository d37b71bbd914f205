"""Spec, what is known of a value before it exists, and the steps that rules of sizes take.

A layer declares ``infer(model, x, y) -> (x, y)``: from what is known of its input and output
it sets its dims and returns what it now knows of both. The functions here are what such
rules are made of; ``combinet.initialize`` runs them to a fixpoint.
"""

# pyright: reportPrivateUsage=false
# A rule sets dims with their origin; everybody else uses set_dim().

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ._guards import is_list, is_tuple
from .errors import DimError, DTypeError
from .types import Padded, Ragged

if TYPE_CHECKING:
    from .model import Model

Container: TypeAlias = Literal["array", "list", "Ragged", "Padded", "tuple"]
#: Who said a size: a sample, or a node and the name of its dim.
Origin: TypeAlias = "str | tuple[Model[Any, Any], str]"
#: The origin of a width that is the highest class number plus one: more classes fit too.
LABELS = "the labels in Y"


class Spec:
    """What is known of a value: its container, and the rank, width and kind of its arrays.

    Args:
        container: None where unknown. "list" is a list of arrays.
        rank: Of the array, or of each item of a list.
        width: Size of the last axis.
        dtype: "f" floats, "i" ints.
        origin: Who said the width.
        items: Of a tuple.
    """

    __slots__ = ("container", "dtype", "items", "origin", "rank", "width")

    def __init__(
        self,
        container: Container | None = None,
        rank: int | None = None,
        width: int | None = None,
        *,
        dtype: Literal["f", "i"] | None = None,
        origin: Origin | None = None,
        items: Sequence[Spec | None] = (),
    ) -> None:
        self.container, self.rank, self.width = container, rank, width
        self.dtype, self.origin, self.items = dtype, origin, tuple(items)

    def but(self, **changes: Any) -> Spec:
        """The same with some fields changed."""
        old: Any = self
        made = Spec(
            old.container, old.rank, old.width, dtype=old.dtype, origin=old.origin, items=old.items
        )
        for name, value in changes.items():
            setattr(made, name, value)
        return made

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Spec) and all(
            getattr(self, name) == getattr(other, name) for name in Spec.__slots__
        )

    def __hash__(self) -> int:
        return hash((self.container, self.rank, self.width))

    def __str__(self) -> str:
        if self.container == "tuple":
            return f"a tuple of ({', '.join(str(item or 'anything') for item in self.items)})"
        arrays = self._arrays()
        if self.container is None:
            return arrays or "anything"
        named = f"{'an' if self.container == 'array' else 'a'} {self.container}"
        return f"{named} of {arrays}" if arrays else named

    def _arrays(self) -> str:
        """Kind and shape; empty where nothing is known: what is listed may be no numbers."""
        if self.rank is None and self.width is None and self.dtype is None:
            return ""
        kind = {"f": "floats", "i": "ints"}.get(self.dtype or "", "numbers")
        width = "?" if self.width is None else str(self.width)
        anyhow = "" if self.width is None else f"(..., {width})"
        shapes = {1: "(n,)", 2: f"(n, {width})", 3: f"(n, n, {width})"}
        return f"{kind} {shapes.get(self.rank or 0, anyhow)}".strip()

    @classmethod
    def of(cls, X: Any, origin: Origin = "X") -> Spec | None:
        """Read off a sample of an input; None where it is nothing we know."""
        if isinstance(X, Ragged):
            return cls._of_array("Ragged", X.dataXd, origin)
        if isinstance(X, Padded):
            return cls._of_array("Padded", X.data, origin)
        if hasattr(X, "dtype") and hasattr(X, "shape"):
            return cls._of_array("array", X, origin)
        if is_tuple(X):
            return cls("tuple", items=[cls.of(item, origin) for item in X])
        if is_list(X) and X:
            first = cls.of(X[0], origin)
            if first is not None and first.container == "array":
                return first.but(container="list")
            return cls("list")
        return None

    @classmethod
    def of_target(cls, Y: Any) -> Spec | None:
        """Read off a sample of what is to be predicted: its width says the last layer's.

        1-d ints are class numbers: as many classes as the highest of all plus one.
        """
        if isinstance(Y, (Ragged, Padded)):
            return cls.of_target(Y.data)
        if is_tuple(Y):
            return cls("tuple", items=[cls.of_target(item) for item in Y])
        if is_list(Y):
            if Y and all(isinstance(label, int) for label in Y):
                return cls(width=max(Y) + 1, origin=LABELS)
            found = [spec for spec in map(cls.of_target, Y) if spec and spec.width is not None]
            return max(found, key=lambda spec: spec.width or 0) if found else None
        if not (hasattr(Y, "dtype") and hasattr(Y, "shape")):
            return None
        if Y.ndim == 1 and _kind(Y) in ("i", "u") and Y.size:
            return cls(width=int(Y.max()) + 1, origin=LABELS)
        return cls(width=int(Y.shape[-1]), origin="Y") if Y.ndim >= 2 else None

    @classmethod
    def _of_array(cls, container: Container, X: Any, origin: Origin) -> Spec:
        kind: Literal["f", "i"] | None = {"f": "f", "i": "i", "u": "i"}.get(_kind(X))  # type: ignore[assignment]
        width = int(X.shape[-1]) if X.ndim >= 2 else None
        return cls(container, X.ndim, width, dtype=kind, origin=origin)


def _kind(X: Any) -> str:
    """What an array holds, "f" for floats; empty for those of other libraries."""
    return getattr(X.dtype, "kind", "")


#: What is known of the outputs of nodes without a rule, while an initialization runs.
targets_seen: ContextVar[dict[Any, Spec | None] | None] = ContextVar("targets", default=None)

Infer: TypeAlias = Callable[
    ["Model[Any, Any]", "Spec | None", "Spec | None"], "tuple[Spec | None, Spec | None]"
]


def solve(
    model: Model[Any, Any], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    """Run a node's own rule; one without a rule says no more than its dims do."""
    if model.infer is not None:
        found: tuple[Spec | None, Spec | None] = model.infer(model, x, y)
        return found
    seen = targets_seen.get()
    if seen is not None:
        seen[model] = y
    if y is not None and model.maybe_get_dim("nO") is None:
        return x, y  # the next layer's, or the labels': init may know better
    return x, meet(model, "nO", y)


def meet(model: Model[Any, Any], dim: str, spec: Spec | None) -> Spec | None:
    """Make ``dim`` and the width of ``spec`` one: each is set from the other.

    Raises:
        DimError: They differ.
    """
    if model.has_dim(dim) is False:
        return spec
    size = model.maybe_get_dim(dim)
    if spec is None:
        return None if size is None else Spec(width=size, origin=(model, dim))
    if size is None:
        if spec.width is not None:
            model._dims[dim] = spec.width
            model._origins[dim] = spec.origin
        return spec
    if spec.width is None or fits_labels(spec, size):
        return spec.but(width=size, origin=(model, dim))
    if spec.width != size:
        raise Mismatch(model, dim, spec)
    return spec


def fits_labels(spec: Spec, size: int) -> bool:
    """Whether ``spec`` comes from class numbers, and a layer of this size has them all."""
    return spec.origin == LABELS and spec.width is not None and spec.width < size


#: The same, for a combinator whose dim mirrors a child's: the child remains the origin.
mirror = meet


def rows(
    model: Model[Any, Any],
    dim: str,
    spec: Spec | None,
    *,
    rank: int = 2,
    dtype: Literal["f", "i"] = "f",
    container: Container = "array",
) -> Spec:
    """``meet``, and insist on the form: an array of floats (rows, dim) unless said otherwise.

    Raises:
        DimError: The widths differ.
        DTypeError: ``spec`` is of another container, rank or kind.
    """
    form = Spec(container, rank, dtype=dtype)
    spec = form if spec is None else fit(model, spec, form)
    met = meet(model, dim, spec)
    return form if met is None else met


def fit(model: Model[Any, Any], spec: Spec, form: Spec) -> Spec:
    """``spec`` with what ``form`` adds.

    Raises:
        DTypeError: They contradict each other in container, rank or kind.
    """
    container = form.container if spec.container is None else spec.container
    rank = form.rank if spec.rank is None else spec.rank
    dtype = form.dtype if spec.dtype is None else spec.dtype
    if not (
        form.container in (None, container)
        and form.rank in (None, rank)
        and form.dtype in (None, dtype)
    ):
        raise Misfit(model, spec, form)
    if container is spec.container and rank is spec.rank and dtype is spec.dtype:
        return spec
    return spec.but(container=container, rank=rank, dtype=dtype)


def same(model: Model[Any, Any], x: Spec | None, y: Spec | None) -> tuple[Spec | None, Spec | None]:
    """The rule of a layer whose output has the form of its input."""
    if x is None or y is None:
        known = x if y is None else y
        return known, known
    differ = x.width is not None and y.width is not None and x.width != y.width
    if differ and not fits_labels(y, x.width or 0):
        raise Mismatch(model, "", y, x)
    width, origin = (y.width, y.origin) if x.width is None else (x.width, x.origin)
    form = y if x.container is None else x
    known = form.but(
        width=width,
        origin=origin,
        rank=y.rank if x.rank is None else x.rank,
        dtype=y.dtype if x.dtype is None else x.dtype,
    )
    return known, known


class Mismatch(DimError):
    """Two sizes that should be one. ``combinet.initialize`` turns it into the full message."""

    def __init__(
        self, model: Model[Any, Any], dim: str, spec: Spec, other: Spec | None = None
    ) -> None:
        size = model.maybe_get_dim(dim) if other is None else other.width
        super().__init__(f"{model.name} has {size} for {dim}, and is met by {spec.width}")
        self.model, self.dim, self.spec, self.other = model, dim, spec, other


class Misfit(DTypeError):
    """Two neighbours whose values are not of one form."""

    def __init__(self, model: Model[Any, Any], spec: Spec, form: Spec) -> None:
        kinds = {spec.dtype, form.dtype}
        super().__init__(
            f"{model.name} takes {form}, and is met by {spec}",
            fix="X.astype('float32'), or an embedding if these are ids"
            if kinds == {"f", "i"}
            else "put a converter between them (list2array, list2ragged, with_array, ...)",
        )
        self.model, self.spec, self.form = model, spec, form
