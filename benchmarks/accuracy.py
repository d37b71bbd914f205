"""How often the examples for text are right: their configs trained from several seeds.

    python -m benchmarks.accuracy DATA [task ...] [--seeds 3]

DATA holds the folders ``ud_english_ewt`` and ``banking77`` with the files as they are published.
A task is trained as its config says, and tried once on the test data: after the epoch that is best
on the validation data, or the last where there are none. Settings are to be chosen on a part of the
training data, never on the test data. The figures go to ``results/accuracy.json``; a task that is
run again replaces its own.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import combinet.examples
from combinet import Config
from combinet.training.run import Run

from .__main__ import RESULTS, write
from .harness import machine, versions

EXAMPLES = Path(combinet.examples.__file__).parent
_EWT = {
    f"data.{part}": f"ud_english_ewt/en_ewt-ud-{name}.conllu.gz"
    for part, name in (("train", "train"), ("validation", "dev"), ("test", "test"))
}
_BANKING = {"data.train": "banking77/train.csv", "data.test": "banking77/test.csv"}


@dataclass(frozen=True)
class Task:
    """A config, where its data lie, and what it is to reach.

    Args:
        example: The name of the config.
        files: The settings that are paths below the folder of the data.
        peers: Accuracies of others on the same files, by name.
        bar: What the mean over the seeds should reach.
        settings: Others that are changed.
    """

    example: str
    files: Mapping[str, str]
    peers: Mapping[str, float]
    bar: float
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])


_COLUMN = {"data.reader.label": "category"}
_SPACY = {"spaCy 3.8": 0.861}
TASKS = {
    "tagger": Task("tagger.cfg", _EWT, {"spaCy 3.8, efficiency": 0.9332}, 0.933),
    "textcat": Task("textcat.cfg", _BANKING, _SPACY, 0.87, _COLUMN),
    "ensemble": Task("ensemble.cfg", _BANKING, _SPACY, 0.87, _COLUMN),
    "banking77": Task("banking77.cfg", _BANKING, {"TF-IDF, logistic regression": 0.894}, 0.894),
}


def accuracies(task: Task, data: Path, seeds: Sequence[int]) -> dict[str, Any]:
    """The accuracy on the test data from each seed, their mean, and what a run took."""
    files = {name: str(data / path) for name, path in task.files.items()}
    found: list[float] = []
    seconds: list[float] = []
    for seed in seeds:
        overrides = {**task.settings, **files, "training.seed": seed}
        started = time.process_time()
        run = Run(Config().from_disk(EXAMPLES / task.example, overrides=overrides))
        run.trainer.train()
        seconds.append(round(time.process_time() - started, 1))
        found.append(round(run.test()["accuracy"], 4))
        print(f"{task.example} from seed {seed}: {found[-1]:.4f}, {seconds[-1]} s", flush=True)
    return {
        "mean": round(statistics.fmean(found), 4),
        "seeds": dict(zip(map(str, seeds), found, strict=True)),
        "cpu_seconds": seconds,
        **asdict(task),
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("data", type=Path, help="the folder of the data")
    parser.add_argument("tasks", nargs="*", metavar="task", help=", ".join(TASKS))
    parser.add_argument("--seeds", type=int, default=3, help="how many, from 0 (3)")
    parser.add_argument("--json", type=Path, default=RESULTS, metavar="DIR", help=f"({RESULTS})")
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.tasks if name not in TASKS]:
        parser.error(f"no task {', '.join(unknown)}; there are {', '.join(TASKS)}")
    path: Path = given.json / "accuracy.json"
    tasks: dict[str, Any] = json.loads(path.read_text("utf-8"))["tasks"] if path.exists() else {}
    for name in given.tasks or TASKS:
        tasks[name] = accuracies(TASKS[name], given.data, range(given.seeds))
        result = {
            "benchmark": "accuracy",
            "tasks": tasks,
            "machine": machine(),
            "versions": versions(["combinet", "numpy"]),
        }
        write(path, result)
        held = "held" if tasks[name]["mean"] >= TASKS[name].bar else "MISSED"
        print(f"{name}: {tasks[name]['mean']:.4f}, bar {TASKS[name].bar}: {held}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
