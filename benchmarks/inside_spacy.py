"""What combinet gains inside of spaCy: one tagger, as it comes, with our encoder, and all of ours.

A fourth contestant trains the same network with combinet alone.

    python -m benchmarks.inside_spacy DATA --python PYTHON_WITH_SPACY [--seeds 3] [--epochs 10]

DATA holds the folder ``ud_english_ewt`` with the files as they are published; the tags are those
of its fifth column. Each contestant is a process on one thread, and they take turns of ten batches
from the first epoch to the last, so that a busy minute of the machine hits all alike. All have the
same sizes, sentences, batches of 1,000 words, dropout and optimizer, Thinc's or its twin. Words
per second are of CPU time. The figures go to ``results/inside_spacy.json``; ``--sentences 1500
--epochs 2 --seeds 1`` is a try of a minute.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from combinet.text import ConllU

from .__main__ import RESULTS, write
from .contestants import Contestant
from .crew import ROOT, Worker, environment
from .harness import machine, versions

CONTESTANTS = (
    Contestant("spaCy", "spacy", "stock"),
    Contestant("spaCy with combinet's encoder", "spacy", "encoder"),
    Contestant("combinet", "spacy", "all"),
    Contestant("combinet without spaCy", "combinet", "alone"),
)
BATCHES = 10  # in a turn
BATCH_WORDS = 1000
ROUNDS = 5  # of prediction

#: Words of a sentence, and their tags.
Sentence = tuple[list[str], list[str]]


@dataclass
class Row:
    """What was seen of a contestant."""

    train: list[float] = field(default_factory=list[float])
    predict: list[float] = field(default_factory=list[float])
    accuracy: dict[str, list[float]] = field(default_factory=dict[str, list[float]])

    def summary(self) -> dict[str, Any]:
        return {
            "train_words_per_second": spread(self.train),
            "predict_words_per_second": spread(self.predict),
            "accuracy": self.accuracy,
            "mean_accuracy": {
                part: round(statistics.fmean(found), 4) for part, found in self.accuracy.items()
            },
        }


def spread(rates: Sequence[float]) -> dict[str, float]:
    """The median and what half of the turns were between."""
    if len(rates) < 2:
        return {"turns": len(rates)}
    low, median, high = statistics.quantiles(rates, n=4, method="inclusive")
    return {"median": round(median), "iqr": round(high - low), "turns": len(rates)}


@contextmanager
def workers(python: str) -> Generator[list[Worker]]:
    """A process for each contestant, ended with the block."""
    with ExitStack() as stack:
        found: list[Worker] = []
        for contestant in CONTESTANTS:
            errors = stack.enter_context(tempfile.TemporaryFile("w+"))
            alone = contestant.library == "combinet"
            module = "tagger_alone" if alone else "with_spacy_tagger"
            interpreter = sys.executable if alone else python
            process = stack.enter_context(
                subprocess.Popen(
                    [interpreter, "-m", f"benchmarks.peers.{module}", contestant.variant],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    cwd=ROOT,
                    env=environment(1, "spacy"),
                    text=True,
                )
            )
            found.append(Worker(contestant, process, errors, 1))
        yield found


def train(crew: list[Worker], rows: dict[str, Row], epochs: int) -> None:
    """All contestants to the end of the last epoch, in turns; who begins changes."""
    left = {worker.contestant.name: epochs for worker in crew}
    turn = 0
    while any(left.values()):
        first = turn % len(crew)
        for worker in crew[first:] + crew[:first]:
            name = worker.contestant.name
            if not left[name]:
                continue
            answer = worker.ask("train", batches=BATCHES)
            if answer["epoch_ends"]:
                left[name] -= 1
            elif turn:  # the first turn warms up
                rows[name].train.append(answer["words"] / answer["seconds"])
        turn += 1


def predict(crew: list[Worker], rows: dict[str, Row], parts: dict[str, list[Sentence]]) -> None:
    """How fast the last part is tagged, in turns, and how well every part is."""
    for part, sentences in parts.items():
        docs = [words for words, _ in sentences]
        for turn in range(ROUNDS + 1):
            for worker in crew:
                row = rows[worker.contestant.name]
                answer = worker.ask("predict", docs=docs)
                if turn:
                    row.predict.append(answer["words"] / answer["seconds"])
                else:
                    row.accuracy.setdefault(part, []).append(right(answer["tags"], sentences))


def right(found: list[list[str]], sentences: list[Sentence]) -> float:
    """The share of words with the right tag."""
    pairs = [
        one == other
        for tags, (_, truth) in zip(found, sentences, strict=True)
        for one, other in zip(tags, truth, strict=True)
    ]
    return round(sum(pairs) / len(pairs), 4)


def sentences_of(data: Path, part: str, limit: int | None) -> list[Sentence]:
    path = data / "ud_english_ewt" / f"en_ewt-ud-{part}.conllu.gz"
    return [(each["text"], each["label"]) for each in ConllU("xpos")(str(path))][:limit]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.inside_spacy", description=__doc__)
    parser.add_argument("data", type=Path, help="the folder of the data")
    parser.add_argument("--python", default=sys.executable, help="an interpreter that has spaCy")
    parser.add_argument("--seeds", type=int, default=3, help="how many, from 0 (3)")
    parser.add_argument("--epochs", type=int, default=10, help="(10)")
    parser.add_argument("--sentences", type=int, help="only so many of each file")
    parser.add_argument("--json", type=Path, default=RESULTS, metavar="DIR", help=f"({RESULTS})")
    parser.add_argument("--note", default="", help="about the machine; kept with the figures")
    given = parser.parse_args(arguments)
    parts = {p: sentences_of(given.data, p, given.sentences) for p in ("train", "dev", "test")}
    rows = {contestant.name: Row() for contestant in CONTESTANTS}
    theirs: dict[str, str] = {}
    for seed in range(given.seeds):
        with workers(given.python) as crew:
            request = {"train": parts["train"], "seed": seed, "batch_words": BATCH_WORDS}
            for worker in crew:
                theirs |= worker.ask("prepare", **request)["versions"]
            train(crew, rows, given.epochs)
            predict(crew, rows, {name: parts[name] for name in ("dev", "test")})
            for worker in crew:
                print(seed, worker.contestant.name, rows[worker.contestant.name].summary())
    result = {
        "benchmark": "inside_spacy",
        "epochs": given.epochs,
        "sentences": {name: len(part) for name, part in parts.items()},
        "rows": {name: row.summary() for name, row in rows.items()},
        "machine": machine(),
        "versions": {**versions(["combinet"]), "spaCy's": theirs},
        "note": given.note,
    }
    write(given.json / "inside_spacy.json", result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
