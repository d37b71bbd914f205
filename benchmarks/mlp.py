"""A multi-layer perceptron, 784-512-512-10, relu and dropout 0.2: train a step, predict.

The same file serves other widths: see ``tiny``.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from itertools import pairwise
from typing import Any

import numpy as np

from .peers.composed import Composed, both
from .peers.with_jax import jax_entrant
from .peers.with_torch import TorchModule, copy_in
from .workload import Arrays, Case, Entrant, Settings, Workload

WIDTHS = (784, 512, 512, 10)
NEAR = 1e-5


def mlp_settings(
    widths: Sequence[int] = WIDTHS, batch: int = 128, dropout: float = 0.2
) -> dict[str, Any]:
    """What the builders of this file take."""
    return {"widths": list(widths), "batch": batch, "dropout": dropout}


def mlp_given(settings: Settings) -> dict[str, Any]:
    """W0, b0, W1, ... in Thinc's layout, (nO, nI); X; y, class numbers.

    Rows that bring a unit close to the kink of relu, where rounding decides whether it is on,
    are left out: gradients could not be compared.
    """
    rng, widths = np.random.default_rng(0), settings["widths"]
    given: dict[str, Any] = {}
    for i, (nI, nO) in enumerate(pairwise(widths)):
        scale = np.float32(np.sqrt(2 / nI))
        given[f"W{i}"] = rng.standard_normal((nO, nI), dtype="f") * scale
        given[f"b{i}"] = rng.standard_normal(nO, dtype="f") * np.float32(0.1)
    drawn = rng.standard_normal((2 * settings["batch"] + 8, widths[0]), dtype="f")
    given["X"] = drawn[_is_clear(drawn, given, len(widths) - 1)][: settings["batch"]]
    given["y"] = rng.integers(0, widths[-1], settings["batch"])
    return given


def _is_clear(X: Any, weights: Arrays, depth: int) -> Any:
    """For each row, whether no hidden unit is near zero before its relu."""
    out, clear = X.astype("float64"), np.ones(len(X), "bool")
    for i in range(depth - 1):
        Z = out @ weights[f"W{i}"].T + weights[f"b{i}"]
        clear &= np.abs(Z).min(axis=1) > NEAR
        out = np.maximum(Z, 0)
    return clear


def mlp_composed(lib: Composed, settings: Settings, given: Arrays) -> Entrant:
    api, widths, dropout = lib.api, settings["widths"], settings["dropout"]
    dense = [api.Relu(nO, nI) for nI, nO in pairwise(widths[:-1])]
    dense.append(api.Softmax(widths[-1], widths[-2]))
    layers: list[Any] = []
    for hidden in dense[:-1]:
        layers += [hidden, api.Dropout(dropout)] if dropout else [hidden]
    model = api.chain(*layers, dense[-1])
    model.initialize()
    places = [(node, name, f"{name}{i}") for i, node in enumerate(dense) for name in ("W", "b")]
    gradient = lib.gradient_of_loss(given["y"], widths[-1])
    return lib.entrant(model, given["X"], gradient, places, given)


def mlp_torch(settings: Settings, given: Arrays, variant: str) -> Entrant:
    torch: Any = import_module("torch")
    nn, widths, dropout = torch.nn, settings["widths"], settings["dropout"]
    dense = [nn.Linear(nI, nO) for nI, nO in pairwise(widths)]
    layers: list[Any] = []
    for hidden in dense[:-1]:
        layers += [hidden, nn.ReLU(), nn.Dropout(dropout)] if dropout else [hidden, nn.ReLU()]
    module = nn.Sequential(*layers, dense[-1])
    parameters = {f"W{i}": layer.weight for i, layer in enumerate(dense)}
    parameters |= {f"b{i}": layer.bias for i, layer in enumerate(dense)}
    copy_in(parameters, given)
    X, y = torch.from_numpy(given["X"]), torch.from_numpy(given["y"])

    def loss(logits: Any) -> Any:
        return nn.functional.cross_entropy(logits, y)

    return TorchModule(module, _call, (X,), loss, parameters).entrant(variant)


def _call(module: Any, X: Any) -> Any:
    return module(X)


def mlp_jax(settings: Settings, given: Arrays, variant: str) -> Entrant:
    jax: Any = import_module("jax")
    jnp, depth, dropout = jax.numpy, len(settings["widths"]) - 1, settings["dropout"]
    weights = {f"{name}{i}": jnp.array(given[f"{name}{i}"]) for i in range(depth) for name in "Wb"}
    y = jnp.array(given["y"])

    def logits(weights: Any, X: Any, key: Any) -> Any:
        out = X
        for i in range(depth):
            out = out @ weights[f"W{i}"].T + weights[f"b{i}"]
            if i < depth - 1:
                out = jax.nn.relu(out)
                if dropout and key is not None:
                    key, mine = jax.random.split(key)
                    kept = jax.random.bernoulli(mine, 1 - dropout, out.shape)
                    out = jnp.where(kept, out / (1 - dropout), 0)
        return out

    def loss(weights: Any, X: Any, key: Any) -> Any:
        log_p = jax.nn.log_softmax(logits(weights, X, key))
        return -jnp.mean(jnp.take_along_axis(log_p, y[:, None], 1))

    return jax_entrant(weights, given["X"], logits, loss)


def mlp_roof(settings: Settings, work: str) -> tuple[float, float]:
    """Products only; Adam reads and writes 32 bytes a parameter."""
    batch, pairs = settings["batch"], list(pairwise(settings["widths"]))
    product = 2 * batch * sum(nI * nO for nI, nO in pairs)
    if work == "predict":
        return product, 0
    first = 2 * batch * pairs[0][0] * pairs[0][1]  # no gradient of the input
    return 3 * product - first, 32 * sum(nI * nO + nO for nI, nO in pairs)


MLP_BUILDERS = {**both(mlp_composed), "torch": mlp_torch, "jax": mlp_jax}

WORKLOAD = Workload(
    name="mlp",
    cases=[
        Case(f"batch {batch}", mlp_settings(batch=batch), batch < 1024) for batch in (32, 128, 1024)
    ],
    given=mlp_given,
    builders=MLP_BUILDERS,
    bars={
        "train": {
            "thinc": 4,
            "torch": 1.4,
            "torch, fused Adam": 1.3,
            "torch.compile": 1.9,
            "roof": 1.2,
        },
        "predict": {"thinc": 3, "torch": 1.0, "torch.compile": 1.0, "roof": 1.3},
    },
    roof=mlp_roof,
)
