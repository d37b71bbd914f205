"""One step of Adam on five million weights, in one array and in two hundred.

"plain" is Adam and nothing else. "clip, average" also clips each array by its norm and keeps a
running average of the weights, as Thinc's and our defaults do.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any, cast

import numpy as np

from .peers.composed import LEARN_RATE, Composed, both
from .peers.with_torch import thread_count
from .workload import Arrays, Case, Entrant, Settings, Work, Workload

RATE = 1e-3  # of the answers; the measured steps are as small as elsewhere


def adam_given(settings: Settings) -> dict[str, Any]:
    """Gradients are away from zero, where eps, which has two places in use, would decide."""
    rng, shape = np.random.default_rng(0), (settings["arrays"], settings["size"])
    W, dW = rng.standard_normal((2, *shape), dtype="f")
    return {"W": W * np.float32(0.01), "dW": dW + np.copysign(np.float32(0.1), dW)}


def _composed(lib: Composed, settings: Settings, given: Arrays) -> Entrant:
    full = settings["full"]
    weights, gradients = (list(given[name].copy()) for name in ("W", "dW"))
    pairs = list(zip(weights, gradients, strict=True))

    def stepper(rate: float) -> Callable[[], object]:
        optimizer = lib.api.Adam(rate, grad_clip=1.0 if full else 0.0, use_averages=full)
        if lib.is_combinet:
            Parameter = import_module("combinet.types").Parameter
            rows = [Parameter(f"{i}/W", (i, "W"), W, dW) for i, (W, dW) in enumerate(pairs)]
            return partial(optimizer.update, rows)

        def step() -> None:
            for i, (W, dW) in enumerate(pairs):
                optimizer((i, "W"), W, dW)

        return step

    return _entrant(stepper, weights, gradients, given)


def _torch(settings: Settings, given: Arrays, variant: str) -> Entrant:
    torch: Any = import_module("torch")
    torch.set_num_threads(thread_count())
    parameters = [torch.nn.Parameter(torch.from_numpy(W.copy())) for W in given["W"]]
    for parameter, dW in zip(parameters, given["dW"], strict=True):
        parameter.grad = torch.from_numpy(dW.copy())

    def stepper(rate: float) -> Callable[[], object]:
        fused: dict[str, Any] = {"fused": True} if "fused" in variant else {}
        compiled = "compile" in variant
        lr = torch.tensor(rate) if compiled and not fused else rate  # a number is compiled in
        step: Callable[[], object] = torch.optim.Adam(parameters, lr=lr, **fused).step
        if settings["full"]:
            step = _clip_step_average(torch, step, parameters)
        return cast(Callable[[], object], torch.compile(step)) if compiled else step

    weights = [parameter.detach().numpy() for parameter in parameters]
    gradients = [parameter.grad.numpy() for parameter in parameters]
    return _entrant(stepper, weights, gradients, given)


def _clip_step_average(torch: Any, step: Callable[[], object], parameters: list[Any]) -> Any:
    """With the batched operations that torch's own utilities are made of."""
    averages = [torch.zeros_like(W) for W in parameters]
    t = 0

    def full_step() -> None:
        nonlocal t
        t += 1
        gradients = [parameter.grad for parameter in parameters]
        norms = torch.stack(torch._foreach_norm(gradients))
        torch._foreach_mul_(gradients, list((1 / norms).clamp(max=1)))
        step()
        with torch.no_grad():
            torch._foreach_lerp_(averages, parameters, 1 - min((1 + t) / (10 + t), 0.9999))

    return full_step


def _entrant(
    stepper: Callable[[float], Callable[[], object]],
    weights: list[Any],
    gradients: list[Any],
    given: Arrays,
) -> Entrant:
    def refill() -> None:  # some zero the gradient, others leave it
        for array, dW in zip(gradients, given["dW"], strict=True):
            array[...] = dW

    def answers() -> dict[str, Any]:
        step = stepper(RATE)
        for _ in range(3):
            refill()
            step()
        return {"change": np.stack(weights) - given["W"]}

    return Entrant({"step": Work(stepper(LEARN_RATE), refill)}, answers)


def _roof(settings: Settings, work: str) -> tuple[float, float]:
    """Weights and two moments are read and written, the gradient is read and zeroed."""
    numbers = 10 if settings["full"] else 8
    return 0, 4 * numbers * settings["arrays"] * settings["size"]


def _case(arrays: int, full: bool, in_quick: bool) -> Case:
    settings = {"arrays": arrays, "size": 5_000_000 // arrays, "full": full, "dropout": 0.0}
    label = f"{'clip, average' if full else 'plain'}, {arrays} x {settings['size']:,}"
    return Case(label, settings, in_quick)


WORKLOAD = Workload(
    name="adam",
    cases=[_case(arrays, full, not full) for full in (False, True) for arrays in (1, 200)],
    given=adam_given,
    builders={**both(_composed), "torch": _torch},
    bars={
        "step": {
            "thinc": 6,
            "torch": 4,
            "torch, fused Adam": 1.2,
            "torch.compile": 1.5,
            "roof": 1.15,
        }
    },
    roof=_roof,
    tolerance=1e-2,  # eps stands in two places in use, which shows where gradients are clipped
)
