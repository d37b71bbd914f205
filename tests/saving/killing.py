"""Save in processes that are killed, and look what is left: ``python killing.py PATH HOW``.

HOW is "calls", to be killed before each call into the system in turn, or a number of random
instants. A process of its own, since it forks: it imports once, and has one thread.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import combinet
from combinet import Linear, Model, Relu

X = np.random.default_rng(0).standard_normal((2, 30)).astype("float32")


def model(seed: int) -> Model[Any, Any]:
    return (Relu(40, 30) >> Linear(30, 40)).initialize(seed=seed)


MODELS = [model(seed) for seed in range(2)]
EXPECTED = [each.predict(X).tolist() for each in MODELS]


def save(which: int, path: Path) -> None:
    if path.suffix == ".safetensors":
        MODELS[which].to_disk(path, sample=X)
    else:
        combinet.save(MODELS[which], path, sample=X)


def found(path: Path) -> int:
    """Which of the two models is there; an error if it is neither."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a replacement was interrupted
        if path.suffix == ".safetensors":
            loaded: Model[Any, Any] = model(7).from_disk(path)
        else:
            loaded = combinet.load(path)
    return EXPECTED.index(loaded.predict(X).tolist())


def in_child(run: Callable[[], object], delay: float | None) -> bool:
    """Run in a fork, killed after the delay; whether it was killed."""
    child = os.fork()
    if child == 0:
        try:
            run()
            os._exit(0)
        finally:
            traceback.print_exc()
            os._exit(1)
    if delay is not None:
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or status == 0
    return os.WIFSIGNALED(status)


def forever(path: Path) -> None:
    while True:
        for which in (1, 0):
            save(which, path)


#: What changes files.
CHANGES = {
    *("chmod", "close", "flock", "flush", "fsync", "mkdir", "open", "rename", "replace", "rmdir"),
    *("truncate", "unlink", "write", "writelines"),
}


def up_to(call: int, path: Path) -> None:
    """Save the second model, and die before a certain call into the system."""
    left = call

    def count(frame: Any, event: str, function: Any) -> None:
        nonlocal left
        if event == "c_call" and function.__name__ in CHANGES:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(count)
    save(1, path)
    sys.setprofile(None)


def at_random(path: Path, instants: int) -> None:
    draw, seen, started = random.Random(instants), [0, 0], time.perf_counter()
    for which in (1, 0, 1, 0):
        save(which, path)
    longest = time.perf_counter() - started
    for _ in range(2 * instants):
        assert in_child(lambda: forever(path), draw.uniform(0, longest))
        seen[found(path)] += 1
        if min(seen) == 0:
            longest *= 1.15  # on a busy machine a child gets less done than its parent did
        elif sum(seen) >= instants:
            break
    assert min(seen) > 0, seen


def before_each_call(path: Path) -> None:
    call = is_new = 0
    while True:
        call += 1
        killed = in_child(partial(up_to, call, path), None)
        now = found(path)
        assert now >= is_new, f"call {call} undid what was done"
        is_new = now
        if not killed:
            break
        if now == 1:
            save(0, path)
    assert now == 1, "the new one was never there"
    print("killed", call - 1, "times")


if __name__ == "__main__":
    target = Path(sys.argv[1])
    save(0, target)
    if sys.argv[2] == "calls":
        before_each_call(target)
    else:
        at_random(target, int(sys.argv[2]))
    save(1, target)
    assert found(target) == 1
    assert [each.name for each in target.parent.iterdir()] == [target.name]  # nothing is left
