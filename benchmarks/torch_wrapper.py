"""What wrapping a PyTorch module costs over using it bare: a call, and a step of about 3 ms.

The bars: 0.02 ms of CPU time a call, in training or not, and 5 % of the step. What a step costs
on top does not depend on the size of the module, so the small one, which takes a tenth of the
time, tells it from what the machine does meanwhile. "Bare" is what one would write by hand,
NumPy to NumPy; its step ends in the same optimizer of combinet's.
Thinc's wrapper runs beside ours, with Thinc's optimizer, where Thinc is installed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from combinet import SGD
from combinet.bridges import PyTorchWrapper
from combinet.types import Parameter

from .harness import Contestant, cpu_ms, measure, report

CALLS = 500
STEPS = 40
SMALL, LARGE = (8, 64, 64, 10), (192, 256, 384, 64)
Work = Callable[[], Any]


def run(rounds: int) -> dict[str, Any]:
    torch = import_module("torch")
    torch.set_num_threads(1)
    works = {
        **{f"predict: {who}": (CALLS, w) for who, w in predicting().items()},
        **{f"forward: {who}": (CALLS, w) for who, w in forwarding().items()},
        **{f"small step: {who}": (CALLS, w) for who, w in stepping(SMALL).items()},
        **{f"step: {who}": (STEPS, w) for who, w in stepping(LARGE).items()},
    }
    contestants = {name: repeated(work, times) for name, (times, work) in works.items()}
    costs = measure(contestants, rounds=rounds)
    for name in [name for name in costs if not name.endswith(("bare", "over"))]:
        kind, _, who = name.partition(": ")
        pairs = zip(costs[name], costs[f"{kind}: bare"], strict=True)
        costs[f"{kind}: {who} over"] = [wrapped - bare for wrapped, bare in pairs]
    return report(
        "torch_wrapper",
        costs,
        packages=["combinet", "torch", "numpy", "thinc"],
        bars={
            "predict: combinet over": 0.02,
            "forward: combinet over": 0.02,
            "small step: combinet over": 0.15,
            "step: combinet over": 0.15,
        },
    )


def repeated(work: Work, times: int) -> Contestant:
    """A contestant that says what the work costs once."""

    def often() -> None:
        for _ in range(times):
            work()

    timed = cpu_ms(often)
    return lambda: timed() / times


def network(sizes: tuple[int, ...]) -> tuple[Any, Any, Any]:
    """A module, the same weights each time; a batch; a gradient of its output."""
    torch: Any = import_module("torch")
    nn = torch.nn
    torch.manual_seed(0)
    rows, nI, nH, nO = sizes
    module = nn.Sequential(nn.Linear(nI, nH), nn.ReLU(), nn.Dropout(0.1), nn.Linear(nH, nO))
    rng = np.random.default_rng(0)
    X, dY = rng.standard_normal((rows, nI)), rng.standard_normal((rows, nO))
    return module, X.astype("float32"), dY.astype("float32") * 1e-6


def wrappers() -> dict[str, Any]:
    """Each library's wrapper and its SGD."""
    found: dict[str, Any] = {
        "combinet": (PyTorchWrapper, SGD(0.001, use_averages=False, grad_clip=0))
    }
    if find_spec("thinc") is not None:
        api: Any = import_module("thinc.api")
        found["thinc"] = (api.PyTorchWrapper, api.SGD(0.001, use_averages=False, grad_clip=0))
    return found


def predicting() -> dict[str, Work]:
    torch: Any = import_module("torch")
    module, X, _ = network(SMALL)
    module.eval()

    def bare() -> Any:
        with torch.no_grad():
            return module(torch.from_numpy(X)).numpy()

    works: dict[str, Work] = {"bare": bare}
    for who, (wrap, _) in wrappers().items():
        model = wrap(network(SMALL)[0])
        if not np.array_equal(model.predict(X), bare()):
            raise AssertionError(f"{who} predicts something else than the module")
        works[who] = partial(model.predict, X)
    return works


def forwarding() -> dict[str, Work]:
    torch: Any = import_module("torch")
    module, X, _ = network(SMALL)

    def bare() -> Any:
        return module(torch.from_numpy(X).requires_grad_()).detach().numpy()

    works: dict[str, Work] = {"bare": bare}
    for who, (wrap, _) in wrappers().items():
        works[who] = partial(wrap(network(SMALL)[0]).begin_update, X)
    return works


def stepping(sizes: tuple[int, ...]) -> dict[str, Work]:
    torch: Any = import_module("torch")
    module, X, dY = network(sizes)
    sgd, named = SGD(0.001, use_averages=False, grad_clip=0), dict(module.named_parameters())
    for p in named.values():
        p.grad = torch.zeros_like(p)
    rows = [
        Parameter(name, (0, name), p.detach().numpy(), p.grad.numpy()) for name, p in named.items()
    ]

    def bare() -> Any:
        x = torch.from_numpy(X).requires_grad_()
        module(x).backward(torch.from_numpy(dY))
        sgd.update(rows)
        return x.grad.numpy()

    works: dict[str, Work] = {"bare": bare}
    for who, (wrap, optimizer) in wrappers().items():
        model = wrap(network(sizes)[0])

        def step(model: Any = model, optimizer: Any = optimizer) -> Any:
            _, backprop = model.begin_update(X)
            dX = backprop(dY)
            model.finish_update(optimizer)
            return dX

        works[who] = step
    return works
