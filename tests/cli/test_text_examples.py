"""The examples that label words, spans and relations: every command works on each of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Program

DEPENDENCIES = {"saw": ("0", "root"), ".": ("2", "punct")}
SENTENCES = [["Ada", "saw", "Paris", "."], ["Paris", "saw", "Ada", "."]] * 6
TAGS = {"Ada": "B-PER", "Paris": "B-LOC"}


def conllu(words: list[str]) -> str:
    lines: list[str] = []
    for i, word in enumerate(words):
        head, name = DEPENDENCIES.get(word, ("2", "nsubj" if i == 0 else "obj"))
        upos, xpos = ("PROPN", "NNP") if word in TAGS else ("X", "XX")
        cells = [str(i + 1), word, "_", upos, xpos, "_", head, name, "_", "_"]
        lines.append("\t".join(cells))
    return "\n".join(lines) + "\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With a small CoNLL-U file and a small file of BIO tags."""
    (tmp_path / "words.conllu").write_text("\n".join(map(conllu, SENTENCES)))
    bio = ["\n".join(f"{word}\t{TAGS.get(word, 'O')}" for word in words) for words in SENTENCES]
    (tmp_path / "words.conll").write_text("\n\n".join(bio) + "\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


SMALL = ["--training.num_epochs", "12", "--training.batch_size", "4"]
FAST = [*SMALL, "--training.optimizer.learn_rate", "0.01"]
TAGGED = ["PROPN", "X", "PROPN", "X"]
EXAMPLES: dict[str, tuple[list[str], str, str, dict[str, Any]]] = {
    "upos": (
        ["tagger.cfg", "--data.reader.label", "upos"],
        "conllu",
        "accuracy",
        {"label": TAGGED},
    ),
    "xpos": (["tagger.cfg"], "conllu", "accuracy", {"label": ["NNP", "XX", "NNP", "XX"]}),
    "multitask": (
        ["multitask.cfg"],
        "conllu",
        "upos_accuracy",
        {"upos": TAGGED, "xpos": ["NNP", "XX", "NNP", "XX"]},
    ),
    "ner": (
        ["ner.cfg"],
        "conll",
        "f1-measure-overall",
        {
            "label": ["B-PER", "O", "B-LOC", "O"],
            "spans": [
                {"start": 0, "end": 1, "label": "PER"},
                {"start": 2, "end": 3, "label": "LOC"},
            ],
        },
    ),
    "spancat": (
        ["spancat.cfg"],
        "conll",
        "f1-measure-overall",
        {"label": [[0, 1, "PER"], [2, 3, "LOC"]]},
    ),
    "relations": (
        ["relations.cfg"],
        "conllu",
        "f1-measure-overall",
        {"label": [[1, 2, 0, 1, "nsubj"], [1, 2, 2, 3, "obj"]]},
    ),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_is_trained_evaluated_and_asked(folder: Path, program: Program, name: str) -> None:
    arguments, ending, metric, wanted = EXAMPLES[name]
    file = f"words.{ending}"
    data = [f"--data.{part}={file}" for part in ("train", "validation", "test")]
    done = program("train", *arguments, *data, *FAST, "--output", "model")
    assert done.code == 0, done.err
    printed = dict(line.split() for line in done.out.splitlines()[:-1])
    scores = json.loads(program("evaluate", "model", file).out)
    assert scores["instances"] == len(SENTENCES)
    assert printed[f"test_{metric}"] == f"{scores[metric]:.4f}"
    assert scores[metric] > 0.9
    (folder / "asked").write_text('Ada saw Paris.\n{"text": ["Ada", "saw", "Paris", "."]}\n')
    answers = [json.loads(line) for line in program("predict", "model", "asked").out.splitlines()]
    for answer in answers:
        for field, value in wanted.items():
            found = answer[field]
            assert (sorted(found) if name == "relations" else found) == value


def test_a_task_that_is_none_is_refused(folder: Path, program: Program) -> None:
    text = (folder / "words.conllu").as_posix()
    (folder / "own.cfg").write_text(
        f'[data]\ntrain = "{text}"\n\n[data.reader]\n@readers = "combinet.ConllU.v1"\n\n'
        '[task]\n@optimizers = "Adam.v1"\n\n[model]\n@layers = "Relu.v1"\n\n'
        '[training]\n\n[training.optimizer]\n@optimizers = "Adam.v1"\n'
    )
    done = program("train", "own.cfg", "--output", "model")
    assert done.code == 1
    assert "[task] gives Optimizer, which makes no task" in done.err


def test_a_head_without_labels_is_named(folder: Path, program: Program) -> None:
    lines = (folder / "words.conllu").read_text().replace("\tNNP\t", "\t_\t")
    (folder / "words.conllu").write_text(lines.replace("\tXX\t", "\t_\t"))
    done = program("train", "multitask.cfg", "--data.train=words.conllu", "--output", "model")
    assert done.code == 1
    assert "no labels" in done.err
