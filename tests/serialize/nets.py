"""Small models that the tests of files share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from combinet.chain import chain
from combinet.infer import mirror, solve
from combinet.layers.linear import Linear
from combinet.layers.relu import Relu
from combinet.model import Model
from combinet.shims import Shim

X = np.linspace(-1, 1, 15, dtype="float32").reshape(5, 3)
Net = Model[Any, Any]


def layers() -> tuple[Net, Net, Net]:
    return Relu(4), Relu(5), Linear(2)


def net() -> Net:
    return chain(*layers())


def trained(model: Net, seed: int = 1) -> Net:
    return model.initialize(X=X, seed=seed)


def state(model: Net) -> list[Any]:
    """All that a load may change, as plain values and bytes."""
    return [
        (
            dict(node._dims),
            {n: p if p is None else (p.tobytes(), p.shape) for n, p in node._params.items()},
            {n: g.tobytes() for n, g in node._grads.items()},
            repr(node.attrs),
            {n: r and r.id for n, r in node._refs.items()},
            (node.name, node.key, node._draws),
            [{n: a.tobytes() for n, a in shim.tensors().items()} for shim in node.shims],
        )
        for node in model.walk()
    ]


class ArrayShim(Shim):
    """A foreign object that is a dict of arrays."""

    def tensors(self) -> dict[str, Any]:
        return dict(self._model)

    def load_tensors(self, tensors: Any) -> None:
        if self.cfg == "fails":
            raise RuntimeError("out of memory")
        self._model = dict(tensors)


def same(model: Net, X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    return X, lambda dY: dY


def shimmed(value: float = 0.0, config: Any = None) -> Net:
    arrays = {"weight": np.full((2, 3), value, "float32"), "steps": np.array(int(value))}
    return Model("foreign", same, shims=[ArrayShim(arrays, config)])


def wrapper(layer: Net, name: str = "freeze", **attrs: Any) -> Net:
    dims = {n: layer.maybe_get_dim(n) for n in layer.dim_names}
    return Model(
        f"{name}({layer.name})", _through, layers=[layer], role="see-through", dims=dims,
        attrs=attrs, infer=_infer_through,
    )  # fmt: skip


def _through(model: Net, X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    return model.layers[0](X, is_train)


def _infer_through(model: Net, x: Any, y: Any) -> Any:
    x, y = solve(model.layers[0], mirror(model, "nI", x), mirror(model, "nO", y))
    return mirror(model, "nI", x), mirror(model, "nO", y)
