"""Named entities on WNUT-17: ``ner.cfg`` and spaCy's own recognizer, trained side by side.

    python -m benchmarks.accuracy_ner DATA --python PYTHON_WITH_SPACY [--seeds 3]

DATA holds the folder ``wnut17`` with the files as they are published. Both have the same embedding
and encoder (96 wide, 4 deep), epochs, batch size, dropout and optimizer; each keeps its best epoch
on the development data, and that is tried once on the test data. The same function counts the
spans of both. The figures go to ``results/accuracy_ner.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from combinet import Config, SpanBasedF1Measure
from combinet.text import ConllBio
from combinet.training.run import Run

from .__main__ import RESULTS, write
from .accuracy import EXAMPLES
from .harness import machine, versions

FILES = {
    "train": "wnut17train.conll",
    "validation": "emerging.dev.conll",
    "test": "emerging.test.annotated",
}
ROOT = Path(__file__).parents[1]


def run_ours(files: dict[str, str], seed: int) -> dict[str, Any]:
    """The tags of our best epoch on the test documents."""
    overrides = {**{f"data.{name}": path for name, path in files.items()}, "training.seed": seed}
    started = time.process_time()
    run = Run(Config().from_disk(EXAMPLES / "ner.cfg", overrides=overrides))
    run.trainer.train()
    seconds = round(time.process_time() - started, 1)
    docs = [{"text": each["text"]} for each in run.test_instances]
    return {
        "tags": [found["label"] for found in run.task.forward_on_instances(docs)],
        "cpu_seconds": seconds,
    }


def run_spacy(files: dict[str, str], seed: int, python: str) -> dict[str, Any]:
    """The tags of spaCy's best epoch on the test documents."""
    config = Config().from_disk(EXAMPLES / "ner.cfg")
    training = config["training"]
    request = {
        **{
            name: [(x["text"], x["label"]) for x in ConllBio()(path)]
            for name, path in files.items()
        },
        "epochs": training["num_epochs"],
        "batch_size": training["batch_size"],
        "dropout": config["model"]["tok2vec"]["encode"]["dropout"],
        "seed": seed,
    }
    done = subprocess.run(
        [python, "-m", "benchmarks.peers.with_spacy_ner"],
        input=json.dumps(request),
        stdout=subprocess.PIPE,
        check=True,
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        text=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def scored(answer: dict[str, Any], truths: list[list[str]]) -> dict[str, float]:
    """Precision, recall and F1 of all spans, in place of the tags."""
    metric = SpanBasedF1Measure()
    metric(answer.pop("tags"), truths)
    found = metric.get_metric()
    return {name: round(found[f"{name}-overall"], 4) for name in ("precision", "recall")} | {
        "f1": round(found["f1-measure-overall"], 4)
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy_ner", description=__doc__)
    parser.add_argument("data", type=Path, help="the folder of the data")
    parser.add_argument("--python", default=sys.executable, help="an interpreter that has spaCy")
    parser.add_argument("--seeds", type=int, default=3, help="how many, from 0 (3)")
    parser.add_argument("--json", type=Path, default=RESULTS, metavar="DIR", help=f"({RESULTS})")
    given = parser.parse_args(arguments)
    files = {name: str(given.data / "wnut17" / file) for name, file in FILES.items()}
    truths = [each["label"] for each in ConllBio()(files["test"])]
    rows: dict[str, list[dict[str, Any]]] = {"combinet": [], "spaCy": []}
    spacy_versions: dict[str, str] = {}
    for seed in range(given.seeds):
        ours, theirs = run_ours(files, seed), run_spacy(files, seed, given.python)
        spacy_versions = theirs.pop("versions")
        for name, answer in (("combinet", ours), ("spaCy", theirs)):
            rows[name].append({"seed": seed, **scored(answer, truths), **answer})
            print(name, rows[name][-1], flush=True)
    result = {
        "benchmark": "accuracy_ner",
        "mean_f1": {
            name: round(statistics.fmean(row["f1"] for row in of), 4) for name, of in rows.items()
        },
        "rows": rows,
        "machine": machine(),
        "versions": {**versions(["combinet", "numpy"]), "spaCy's": spacy_versions},
    }
    write(given.json / "accuracy_ner.json", result)
    print(result["mean_f1"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
