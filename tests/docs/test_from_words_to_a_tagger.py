"""The commands of "From words to a tagger", on the first sentences of the files it names."""

from __future__ import annotations

import gzip
import json
import shlex
from itertools import islice
from pathlib import Path

import pytest

from tests.docs.run_page import blocks
from tests.e2e.commands import works

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "tutorial" / "from-words-to-a-tagger.md"
DATA = ROOT.parent / "shared" / "data"
SENTENCES = 20
TRAIN = [
    shlex.split(block.text.replace("\\\n", " ").removeprefix("$ "))
    for block in blocks(PAGE.read_text("utf-8"))
    if block.info == "console" and block.text.startswith("$ combinet train")
]


def first_sentences(path: Path, target: Path) -> None:
    """Copy them; a packed file stays packed."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open() as lines:
        parts = "".join(islice(lines, 5000)).split("\n\n")[:SENTENCES]
    text = "\n\n".join(parts).encode() + b"\n\n"
    target.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)


@pytest.mark.skipif(not DATA.is_dir(), reason=f"there is no folder {DATA}")
@pytest.mark.parametrize("command", TRAIN, ids=lambda command: command[2])
def test_the_command_trains_and_what_it_trained_predicts(
    command: list[str], tmp_path: Path
) -> None:
    for argument in command:
        if argument.endswith((".gz", ".conll", ".annotated")):
            (path,) = DATA.glob(f"*/{argument}")
            first_sentences(path, tmp_path / argument)
    works(*command[1:], "--training.num_epochs", "1", cwd=tmp_path)
    asked = '{"text": ["Ada", "lives", "in", "London", "."]}'
    done = works("predict", command[-1], cwd=tmp_path, input=asked)
    assert isinstance(json.loads(done.out)["label"], list)


def test_the_page_trains_a_tagger_entities_and_relations() -> None:
    assert [command[2] for command in TRAIN] == ["tagger.cfg", "ner.cfg", "relations.cfg"]
