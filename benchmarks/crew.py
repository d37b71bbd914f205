"""The workers as seen from the process that runs a benchmark."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterable, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from .contestants import Contestant
from .harness import THREAD_VARIABLES

ROOT = Path(__file__).resolve().parents[1]
TURN_S = 0.05
PAUSE_S = 0.01
AT_MOST = 100_000


class WorkerError(RuntimeError):
    """What went wrong in a worker, in its own words."""


@dataclass
class Worker:
    """A process that runs one contestant; see ``worker.py`` for what it can be asked."""

    contestant: Contestant
    process: subprocess.Popen[str]
    errors: IO[str]
    threads: int
    limits: dict[str, float] = field(default_factory=dict[str, float])

    def ask(self, do: str, **request: Any) -> Any:
        """The reply to one request.

        Raises:
            WorkerError: It could not do that, or it died.
        """
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            print(json.dumps({"do": do, **request}), file=stdin, flush=True)
        except BrokenPipeError:
            raise WorkerError(self._last_words()) from None
        line = stdout.readline()
        reply = json.loads(line) if line else {"error": self._last_words()}
        if "error" in reply:
            raise WorkerError(reply["error"])
        return reply

    def turn(self, work: str, times: int, clock: str) -> float:
        """Milliseconds that one run costs, over so many."""
        if self.threads > 1:
            time.sleep(PAUSE_S)  # the threads of the one before may spin for a while
        return float(self.ask("turn", work=work, times=times, clock=clock)["ms"])

    def times_for_a_turn(self, work: str, clock: str, seconds: float = TURN_S) -> int:
        """How many runs fill a turn; warms up on the way."""
        times, ms = 1, self.turn(work, 1, clock)
        for _ in range(3):
            ms = min(ms, self.turn(work, times, clock))
            times = max(1, min(AT_MOST, round(seconds * 1000 / max(ms, 1e-4))))
        return times

    def _last_words(self) -> str:
        self.errors.seek(0)
        lines = self.errors.read().strip().splitlines()
        return lines[-1] if lines else "the worker died without a word"


def environment(threads: int, library: str) -> dict[str, str]:
    """The variables a worker starts with."""
    names: tuple[str, ...] = (*THREAD_VARIABLES, "COMBINET_NUM_THREADS")
    counts: dict[str, str] = {name: str(threads) for name in names}
    if library == "jax":
        one = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
        counts["JAX_PLATFORMS"] = "cpu"
        if threads == 1:
            counts["XLA_FLAGS"] = one
    return {**os.environ, **counts, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}


@contextmanager
def crew(
    contestants: Iterable[Contestant], threads: int, pythons: Mapping[str, str]
) -> Generator[list[Worker]]:
    """A worker for each contestant, ended with the block."""
    with ExitStack() as stack:
        workers: list[Worker] = []
        for contestant in contestants:
            errors = stack.enter_context(tempfile.TemporaryFile("w+"))
            python = pythons.get(contestant.library, sys.executable)
            process = subprocess.Popen(
                [python, "-m", "benchmarks.worker", contestant.library, contestant.variant],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=ROOT,
                env=environment(threads, contestant.library),
                text=True,
            )
            stack.callback(_end, process)
            workers.append(Worker(contestant, process, errors, threads))
        yield workers


def _end(process: subprocess.Popen[str]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
