"""jax: one compiled function for the step, Adam in it, buffers donated."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from ..workload import Entrant, Work
from .composed import LEARN_RATE


def jax_entrant(
    weights: dict[str, Any], X: Any, logits: Callable[..., Any], loss: Callable[..., Any]
) -> Entrant:
    """Functions of (weights, X, key); a key of None means not in training."""
    jax: Any = import_module("jax")
    jnp, tree = jax.numpy, jax.tree
    batch = jnp.array(X)
    start = tree.map(jnp.array, weights)
    zeros = [tree.map(jnp.zeros_like, weights) for _ in range(2)]
    state = [start, (*zeros, jnp.zeros(())), jax.random.key(0)]
    step = jax.jit(_adam_step(loss), donate_argnums=(0, 1))

    def probabilities_of(weights: Any, X: Any) -> Any:
        return jax.nn.softmax(logits(weights, X, None))

    probabilities = jax.jit(probabilities_of)

    def train() -> None:
        state[:] = step(*state, batch)
        jax.block_until_ready(state[0])

    def answers() -> dict[str, Any]:
        gradients = jax.grad(loss)(weights, batch, jax.random.key(0))
        found = {f"d{name}": np.asarray(array) for name, array in gradients.items()}
        return {"Y": np.asarray(probabilities(weights, batch)), **found}

    def predict() -> Any:
        return np.asarray(probabilities(weights, batch))

    return Entrant({"train": Work(train), "predict": Work(predict)}, answers)


def _adam_step(loss: Callable[..., Any]) -> Callable[..., Any]:
    jax: Any = import_module("jax")
    jnp, tree = jax.numpy, jax.tree

    def step(weights: Any, moments: Any, key: Any, X: Any) -> Any:
        key, mine = jax.random.split(key)
        gradient = jax.grad(loss)(weights, X, mine)
        m1, m2, t = moments
        t = t + 1
        rate = LEARN_RATE * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)

        def first(m: Any, g: Any) -> Any:
            return 0.9 * m + 0.1 * g

        def second(v: Any, g: Any) -> Any:
            return 0.999 * v + 0.001 * g * g

        def stepped(w: Any, m: Any, v: Any) -> Any:
            return w - rate * m / (jnp.sqrt(v) + 1e-8)

        m1, m2 = tree.map(first, m1, gradient), tree.map(second, m2, gradient)
        weights = tree.map(stepped, weights, m1, m2)
        return weights, (m1, m2, t), key

    return step
