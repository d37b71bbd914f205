"""Node: the data of a model, by name: dims, parameters, gradients, references, attributes.

``Model`` adds what runs, composes, edits and saves it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from operator import index
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

from ._live import LiveDict, LiveList, Watched
from .describe import Described
from .errors import DimError, StructureError, UnknownName
from .gradients import Gradients
from .initializers import Initializer as Initializer
from .ops import Ops, get_current_ops
from .registry.calls import Call
from .rng import next_root_seed
from .types import FloatsXd
from .util import claim
from .weight import Weight as Weight

if TYPE_CHECKING:
    from .model import Model
    from .shims import Shim

Role: TypeAlias = Literal["layer", "chain", "see-through", "inert"]
#: The origin of a size that neither the constructor nor a sample said.
SET_LATER = "set_dim()"
Contract: TypeAlias = Literal["exact", "of logits", "none"] | Callable[[Any], Any]


class Node(Watched, Gradients, Described):
    """What a model consists of. See ``Model`` for the arguments."""

    __slots__ = (
        "__weakref__",
        "_attrs",
        "_dims",
        "_draws",
        "_func",
        "_grads",
        "_layers",
        "_origins",
        "_params",
        "_plan",
        "_refs",
        "_rows",
        "_shims",
        "_weights",
        "gradient",
        "id",
        "infer",
        "init",
        "key",
        "made_by",
        "name",
        "ops",
        "role",
    )

    _structure = frozenset(
        {"__class__", "_func", "_grads", "_layers", "_params", "_shims", "ops", "role"}
    )
    #: Ids are counted from here on. Thinc counts from 1: one optimizer may serve both libraries.
    global_id: ClassVar[int] = 2**32
    _lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(
        self,
        name: str,
        forward: Callable[..., tuple[Any, Callable[[Any], Any]]],
        *,
        init: Callable[..., Any] | None = None,
        dims: Mapping[str, int | None] = {},
        params: Mapping[str, FloatsXd | Weight | None] = {},
        layers: Sequence[Model[Any, Any]] = (),
        shims: Sequence[Shim] = (),
        attrs: Mapping[str, Any] = {},
        refs: Mapping[str, Model[Any, Any] | None] = {},
        ops: Ops | None = None,
        infer: Callable[..., Any] | None = None,
        gradient: Contract = "exact",
        role: Role = "layer",
    ) -> None:
        self.name, self._func, self.init, self.infer = name, forward, init, infer
        self.gradient, self.role = gradient, role
        self.ops = ops if ops is not None else get_current_ops()
        self._dims = {dim: _checked_size(name, dim, size) for dim, size in dims.items()}
        self._weights = {n: p for n, p in params.items() if isinstance(p, Weight)}
        self._params: dict[str, Any] = LiveDict(
            (n, None if isinstance(p, Weight) else p) for n, p in params.items()
        )
        self._layers, self._shims = LiveList(layers), LiveList(shims)
        self._attrs, self._refs = dict(attrs), dict(refs)
        self._grads: dict[str, Any] = LiveDict()
        self._origins: dict[str, Any] = {}
        self.key: int | None = None
        self.made_by: Call | None = None
        self._draws: int = 0
        self._plan: Any = None  # see ``fusion``
        self._rows: Any = None  # see ``parameters``
        self.id = Node._next_id()

    @staticmethod
    def _next_id() -> int:
        claim(nodes=1)
        with Node._lock:
            Node.global_id += 1
            return Node.global_id

    @property
    def layers(self) -> list[Model[Any, Any]]:
        """The nodes this one calls: the list itself."""
        return self._layers

    @property
    def shims(self) -> list[Shim]:
        """Its objects of other frameworks: the list itself."""
        return self._shims

    @property
    def attrs(self) -> dict[str, Any]:
        """Its settings: the dict itself."""
        return self._attrs

    @property
    def dim_names(self) -> tuple[str, ...]:
        """Every dim, set or not."""
        return tuple(self._dims)

    @property
    def param_names(self) -> tuple[str, ...]:
        """Every parameter, made or not."""
        return tuple(self._params)

    @property
    def ref_names(self) -> tuple[str, ...]:
        """Every reference, set or not."""
        return tuple(self._refs)

    def has_dim(self, name: str) -> bool | None:
        """False: unknown; None: not set; True: set."""
        return _three_valued(self._dims, name)

    def has_param(self, name: str) -> bool | None:
        """False: unknown; None: not made; True: made."""
        return _three_valued(self._params, name)

    def has_ref(self, name: str) -> bool | None:
        """False: unknown; None: not set; True: set."""
        return _three_valued(self._refs, name)

    def get_dim(self, name: str) -> int:
        """A size that is set.

        Raises:
            UnknownName: There is no such dim.
            DimError: It is not set.
        """
        size = self._dims.get(name)
        if size is None:
            self._require("dim", name, self._dims)
            raise DimError(
                f"dim {name!r} of {self.name!r} is not set",
                fix=f"pass {name}= to the constructor, or initialize() with a sample",
            )
        return size

    def set_dim(self, name: str, value: int, *, force: bool = False) -> None:
        """Set a size; a set one changes only by force, and never under made parameters."""
        self._require("dim", name, self._dims)
        value = _checked_size(self.name, name, value) or 0
        known = self._dims[name]
        made = any(p is not None for p in self._params.values())
        if known is not None and known != value and (made or not force):
            raise DimError(
                f"Attempt to change dim {name!r} of {self.name!r} from {known} to {value}",
                fix="its parameters are made: build a new layer"
                if made
                else f"leave {name} out of the constructor to have it inferred, or force=True",
            )
        if known != value:
            self._dims[name], self._origins[name] = value, SET_LATER

    def origin_of(self, name: str) -> Any:
        """Who said a size: None for the constructor, else a sample or (node, dim)."""
        return self._origins.get(name)

    def maybe_get_dim(self, name: str) -> int | None:
        """A size, or None."""
        return self._dims.get(name)

    def get_param(self, name: str) -> Any:
        """A parameter that is made.

        Raises:
            UnknownName: There is none of that name, or it is not made yet.
        """
        value = self._params.get(name)
        if value is None:
            self._require("parameter", name, self._params)
            raise UnknownName(
                f"parameter {name!r} of {self.name!r} is not made yet",
                fix="call initialize() on the model first",
            )
        return value

    def set_param(self, name: str, value: FloatsXd | None) -> None:
        """Replace or add a parameter; None unmakes it. Its gradient starts anew."""
        self._params[name] = value
        grad = self._grads.get(name)
        if grad is not None and (value is None or grad.shape != value.shape):
            del self._grads[name]

    def maybe_get_param(self, name: str) -> Any:
        """A parameter, or None."""
        return self._params.get(name)

    def next_draw(self) -> tuple[int, int]:
        """The key of this node's random stream, and the number of the next draw from it."""
        if self.key is None:
            self.key = next_root_seed()
        self._draws += 1
        return self.key, self._draws - 1

    def get_ref(self, name: str) -> Model[Any, Any]:
        """A node by its name here.

        Raises:
            UnknownName: There is no such reference.
            StructureError: It is not set.
        """
        self._require("reference", name, self._refs)
        node = self._refs[name]
        if node is None:
            raise StructureError(f"reference {name!r} of {self.name!r} is not set")
        return node

    def maybe_get_ref(self, name: str) -> Model[Any, Any] | None:
        """A node by its name here, or None."""
        return self._refs.get(name)

    def _require(self, kind: str, name: str, table: Mapping[str, Any]) -> None:
        if name not in table:
            from difflib import get_close_matches

            close = get_close_matches(name, table, n=1)
            raise UnknownName(
                f"{self.name!r} has no {kind} {name!r}",
                fix=f"did you mean {close[0]!r}?" if close else "",
                known=", ".join(table) or "none",
            )


#: The slots that a copy has too; the others are made again where they are needed.
STORED = [slot for slot in Node.__slots__ if slot not in ("__weakref__", "_plan", "_rows")]


def _checked_size(owner: str, name: str, size: int | None) -> int | None:
    """``size`` as an int of Python's, whatever integer it came as."""
    if size is None:
        return None
    try:
        whole = -1 if isinstance(size, bool) else index(size)
    except TypeError:
        whole = -1
    if whole < 0:
        fix = "a size is a whole number, 0 or more"
        raise DimError(f"dim {name!r} of {owner!r} is {size!r}", fix=fix)
    return whole


def _three_valued(table: Mapping[str, Any], name: str) -> bool | None:
    if name not in table:
        return False
    return None if table[name] is None else True
