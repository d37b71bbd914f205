"""Kernels on several threads: the same numbers, in any company."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest

from combinet import Adam, Relu, Softmax, chain, fix_random_seed
from tests.ops.layouts import over_arrays, plain
from tests.ops.native.recording import NativeOps, in_float32, kernels
from tests.ops.native.scene import Scene
from tests.ops.native.scenes import SCENES
from tests.ops.row import Draw
from tests.ops.test_backends import flat

SIZES = [(1500, 80), (12000, 9)]  # enough numbers for every family to share its work out


@pytest.fixture(autouse=True)
def _threads_as_before() -> Iterator[None]:
    before = kernels.get_num_threads()
    yield
    kernels.set_num_threads(before)


def as_bytes(scene: Scene, args: Any) -> list[bytes]:
    result = flat(scene.play(NativeOps(), *over_arrays(plain, args)))
    return [array.tobytes() for array in result]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_any_number_of_threads_gives_the_same_bits(scene: Scene, size: tuple[int, int]) -> None:
    args = in_float32(scene.make(Draw(), *size))
    results = []
    for threads in (1, 2, 5):
        kernels.set_num_threads(threads)
        results.append(as_bytes(scene, args))
    assert results[0] == results[1] == results[2]


def test_eight_python_threads_at_once_get_what_one_gets() -> None:
    kernels.set_num_threads(3)
    work = [(scene, in_float32(scene.make(Draw(), 700, 33))) for scene in SCENES]
    wanted = [as_bytes(scene, args) for scene, args in work]
    order = [(i + j) % len(work) for i in range(8) for j in range(len(work))]
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda i: as_bytes(*work[i]), order))
    for i, result in zip(order, got, strict=True):
        assert result == wanted[i], work[i][0]


def test_a_busy_pool_does_not_keep_a_second_caller_waiting() -> None:
    """While one thread is at a long product, another gets many short ones done."""
    kernels.set_num_threads(2)
    d = Draw()
    long = [d.floats(1500, 1500).astype("float32") for _ in range(2)]
    short = [d.floats(200, 100).astype("float32"), d.floats(100, 100).astype("float32")]
    done = threading.Event()

    def keep_busy() -> None:
        while not done.is_set():
            kernels.gemm(*long, None, False, False, False)

    thread = threading.Thread(target=keep_busy)
    thread.start()
    try:
        slowest = 0.0
        for _ in range(50):
            start = time.perf_counter()
            kernels.gemm(*short, None, False, False, False)
            slowest = max(slowest, time.perf_counter() - start)
    finally:
        done.set()
        thread.join()
    start = time.perf_counter()
    for _ in range(50):
        kernels.gemm(*long, None, False, False, False)
    assert slowest < time.perf_counter() - start


def _train_in_child(connection: Any) -> None:
    connection.send(_losses())


def _losses() -> list[float]:
    kernels.set_num_threads(3)
    fix_random_seed(0)
    rng = np.random.default_rng(0)
    X = rng.standard_normal((256, 200), "float32")
    targets = np.eye(4, dtype="float32")[rng.integers(0, 4, 256)]
    model = chain(Relu(300), Softmax(4)).initialize(X=X[:8], Y=targets[:8])
    optimizer, losses = Adam(0.01), []
    for _ in range(5):
        guesses, backprop = model.begin_update(X)
        backprop((guesses - targets) / len(X))
        model.finish_update(optimizer)
        losses.append(float(np.square(guesses - targets).sum()))
    return losses


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_child_trains_as_its_parent_does() -> None:
    wanted = _losses()  # the pool has its threads now
    assert wanted[-1] < wanted[0]
    context = get_context("fork")
    ours, theirs = context.Pipe()
    child = context.Process(target=_train_in_child, args=(theirs,))
    child.start()
    assert ours.poll(60), "the child hangs"
    assert ours.recv() == wanted
    child.join(10)
    assert child.exitcode == 0
    assert _losses() == wanted


def in_process(code: str, **environment: str) -> str:
    """What a program of its own prints."""
    clean = {k: v for k, v in os.environ.items() if k not in ("OMP_NUM_THREADS",)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**clean, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


COUNT = "from combinet.ops._native import kernels; print(kernels.get_num_threads())"


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({"COMBINET_NUM_THREADS": "3", "OMP_NUM_THREADS": "2"}, "3"),
        ({"OMP_NUM_THREADS": "2"}, "2"),
        ({"OMP_NUM_THREADS": "4,2"}, "4"),
        ({"COMBINET_NUM_THREADS": "many", "OMP_NUM_THREADS": "2"}, "2"),
        ({"COMBINET_NUM_THREADS": "99999999999999999999"}, "1024"),
    ],
    ids=str,
)
def test_the_environment_says_how_many_threads(environment: dict[str, str], wanted: str) -> None:
    assert in_process(COUNT, **environment) == wanted


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity here")
def test_the_affinity_of_the_process_says_how_many_threads() -> None:
    first = min(os.sched_getaffinity(0))
    assert in_process(f"import os; os.sched_setaffinity(0, {{{first}}}); {COUNT}") == "1"


def test_a_process_ends_while_a_daemon_thread_is_inside_a_kernel() -> None:
    code = """
import threading, time
import numpy as np
from combinet.ops._native import kernels
kernels.set_num_threads(2)
X = np.ones((400, 400), "float32")
def work():
    while True:
        kernels.gemm(X, X, None, False, False, False)
for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.1)
print("done")
"""
    for _ in range(3):
        assert in_process(code) == "done"


def test_a_process_ends_while_threads_fork_it_from_kernels() -> None:
    """The child has none of the threads that were inside a kernel, and does not wait for them."""
    code = """
import os, sys, threading
import numpy as np
from combinet.ops._native import kernels
X = np.ones((300, 300), "float32")
def work():
    while True:
        kernels.gemm(X, X, None, False, False, False)
for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
for _ in range(10):
    child = os.fork()
    if not child:
        sys.exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
print("done")
"""
    assert in_process(code, PYTHONWARNINGS="ignore") == "done"


def test_kernels_run_to_the_end_of_the_process() -> None:
    """What was registered before combinet was imported runs after its own leave."""
    code = """
import atexit
import numpy as np
def last():
    X = np.ones((300, 300), "float32")
    print(kernels.gemm(X, X, None, False, False, False)[0, 0])
atexit.register(last)
from combinet.ops._native import kernels
"""
    assert in_process(code) == "300.0"


NEIGHBOUR = "while True: pass"


@pytest.mark.slow
def test_two_busy_neighbours_cost_a_step_no_more_than_their_share() -> None:
    """The median step takes at most 1.5 times what its share of the machine allows."""
    cores = len(os.sched_getaffinity(0))
    kernels.set_num_threads(cores)
    rng = np.random.default_rng(0)
    X = rng.standard_normal((128, 784), "float32")
    targets = np.eye(10, dtype="float32")[rng.integers(0, 10, 128)]
    model = chain(Relu(512), Relu(512), Softmax(10)).initialize(X=X[:8], Y=targets[:8])
    optimizer = Adam(0.001)

    def step() -> float:
        start = time.perf_counter()
        guesses, backprop = model.begin_update(X)
        backprop((guesses - targets) / len(X))
        model.finish_update(optimizer)
        return time.perf_counter() - start

    def rate(seconds: float) -> float:
        """Steps a second over a while: the time slices of the system average out."""
        end, count, start = time.perf_counter() + seconds, 0, time.perf_counter()
        while time.perf_counter() < end:
            step()
            count += 1
        return count / (time.perf_counter() - start)

    rate(0.5)
    alone = rate(2.0)
    neighbours = [subprocess.Popen([sys.executable, "-c", NEIGHBOUR]) for _ in range(2)]
    try:
        contended = rate(4.0)
    finally:
        for neighbour in neighbours:
            neighbour.kill()
            neighbour.wait()
    share = cores / (cores + 2)
    assert contended * 1.5 > alone * share
