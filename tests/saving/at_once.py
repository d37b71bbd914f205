"""Processes that save to one place at the same time, and others that load: ``at_once.py PATH``.

A process of its own, since it forks: it imports once, and has one thread.
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
from pathlib import Path

import numpy as np

import combinet
from tests.saving.models import X, trained

#: How many save, each its own model.
SAVERS = 3
SECONDS = 2.0

MODELS = [trained(seed) for seed in range(SAVERS)]
EXPECTED = [model.predict(X) for model in MODELS]


def save(which: int, path: Path) -> None:
    """A model of which each part says whose it is."""
    combinet.save(
        MODELS[which],
        path,
        vocabulary={"labels": [str(which)]},
        meta={"of": which},
        files={f"{which}.txt": bytes([which])},
    )


def look(path: Path) -> int:
    """Whose model is there; an error unless all of it is that one's."""
    archive = combinet.load_archive(path)
    of: int = archive.meta["of"]
    assert archive.vocabulary == {"labels": [str(of)]}
    assert archive.files == {f"{of}.txt": bytes([of])}
    assert np.array_equal(archive.model.predict(X), EXPECTED[of]), "of two models"
    return of


def forked(run: Callable[[], object]) -> int:
    child = os.fork()
    if child == 0:
        try:
            run()
            os._exit(0)
        finally:
            traceback.print_exc()
            os._exit(1)
    return child


def until(end: float, run: Callable[[], object]) -> None:
    while time.monotonic() < end:
        run()


def ended_well(child: int) -> bool:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def main(path: Path) -> None:
    warnings.simplefilter("ignore")  # that one waits for another, or puts back what one left
    save(0, path)
    end, draw = time.monotonic() + SECONDS, random.Random(0)
    savers = [forked(lambda w=w: until(end, lambda: save(w, path))) for w in range(SAVERS)]
    readers = [forked(lambda: until(end, lambda: look(path))) for _ in range(2)]
    killed = 0
    while time.monotonic() < end - 0.2:
        victim = forked(lambda: until(end, lambda: save(draw.randrange(SAVERS), path)))
        time.sleep(draw.uniform(0, 0.1))
        os.kill(victim, signal.SIGKILL)
        os.waitpid(victim, 0)
        killed += 1
    ended = [ended_well(child) for child in savers + readers]
    assert all(ended)
    look(path)
    save(1, path)
    assert look(path) == 1
    assert [each.name for each in path.parent.iterdir()] == [path.name]  # nothing is left
    print("killed", killed)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
