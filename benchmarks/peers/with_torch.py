"""torch, the ways its users run it: eager, with the fused Adam, compiled."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from ..workload import Arrays, Entrant, Work
from .composed import LEARN_RATE


def _same(array: Any) -> Any:
    return array


def _same_layout(name: str, array: Any) -> Any:
    return array


@dataclass(frozen=True)
class TorchModule:
    """A module on one batch; it gives logits, ``predict`` probabilities as the others do.

    Args:
        forward: ``forward(module, *inputs)``.
        loss: From the logits.
        parameters: The module's, by their names among the given weights.
        as_given: From the layout of torch to that of the given weights, for gradients.
        in_order: The rows of the output in the order of the others.
    """

    module: Any
    forward: Callable[..., Any]
    inputs: tuple[Any, ...]
    loss: Callable[[Any], Any]
    parameters: Mapping[str, Any]
    as_given: Callable[[str, Any], Any] = _same_layout
    in_order: Callable[[Any], Any] = _same

    def entrant(self, variant: str) -> Entrant:
        """Variants: "eager"; "compile" and "fused", the Adam, or both."""
        torch: Any = import_module("torch")
        torch.set_num_threads(thread_count())
        module, inputs, cost, probabilities = self.module, self.inputs, self._cost, self._p
        fused: dict[str, Any] = {"fused": True} if "fused" in variant else {}
        optimizer = torch.optim.Adam(module.parameters(), lr=LEARN_RATE, **fused)
        if "compile" in variant:
            torch.compiler.reset()
            cost, probabilities = torch.compile(cost), torch.compile(probabilities)

        def train() -> None:
            module.train()
            optimizer.zero_grad(set_to_none=True)
            cost(*inputs).backward()
            optimizer.step()

        def predict() -> Any:
            with torch.inference_mode():
                return probabilities(*inputs).numpy()

        def answers() -> dict[str, Any]:
            module.train()
            cost(*inputs).backward()
            gradients = {
                f"d{name}": self.as_given(name, parameter.grad.numpy())
                for name, parameter in self.parameters.items()
            }
            module.eval()
            return {"Y": self.in_order(predict()), **gradients}

        works = {"train": Work(train)}
        if not fused:  # which optimizer trains does not matter to predict
            works["predict"] = Work(predict, module.eval)
        return Entrant(works, answers)

    def _cost(self, *inputs: Any) -> Any:
        return self.loss(self.forward(self.module, *inputs))

    def _p(self, *inputs: Any) -> Any:
        return self.forward(self.module, *inputs).softmax(-1)


def copy_in(parameters: Mapping[str, Any], arrays: Arrays) -> None:
    """Give a module's parameters these values, reshaped."""
    torch: Any = import_module("torch")
    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(torch.from_numpy(arrays[name]).reshape(parameter.shape))


def thread_count() -> int:
    """What the worker was started with; torch does not always take it over."""
    return int(os.environ.get("OMP_NUM_THREADS", "1"))
