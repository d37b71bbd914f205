"""spaCy's commands, typed as a user types them, with our architectures and no --code."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

spacy: Any = pytest.importorskip("spacy", reason="spaCy is not installed", exc_type=ImportError)

from tests.spacy import pipelines as p  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
EWT = ROOT.parent / "shared" / "data" / "ud_english_ewt"
CORPORA = """
[paths]
train = null
dev = null

[corpora]

[corpora.train]
@readers = "spacy.Corpus.v1"
path = ${paths.train}

[corpora.dev]
@readers = "spacy.Corpus.v1"
path = ${paths.dev}

[training]
train_corpus = "corpora.train"
dev_corpus = "corpora.dev"
max_steps = 20
eval_frequency = 10
"""


def command(folder: Path, *arguments: str) -> str:
    """What ``python -m spacy`` prints in a folder that has the entry points."""
    path = os.pathsep.join([str(ROOT), str(folder / "installed")])
    done = subprocess.run(
        [sys.executable, "-m", "spacy", *arguments],
        capture_output=True,
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        text=True,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def write(path: Path, docs: list[Any]) -> None:
    spacy.tokens.DocBin(docs=docs, store_user_data=False).to_disk(path)


def prepared(folder: Path, nlp: Any, docs: list[Any]) -> Path:
    """The entry points, a config without defaults, and data."""
    p.write_entry_points(folder / "installed")
    short = {"nlp": {"lang": "en", "pipeline": nlp.pipe_names}, "components": {}}
    for name in nlp.pipe_names:
        section = nlp.config["components"][name]
        kept = {key: section[key] for key in ("model", "suggester") if key in section}
        short["components"][name] = {"factory": name, **kept}
    text = spacy.util.Config(short).to_str() + CORPORA
    text = text.replace("spacy.ngram_suggester.v1", "combinet.ngram_suggester.v1")
    (folder / "short.cfg").write_text(text)
    write(folder / "train.spacy", docs[: len(docs) * 4 // 5])
    write(folder / "dev.spacy", docs[len(docs) * 4 // 5 :])
    return folder


def test_a_pipeline_is_filled_trained_loaded_and_measured(tmp_path: Path) -> None:
    nlp = p.pipeline(
        tok2vec=p.tok2vec(),
        tagger=p.tagger(p.LISTENER),
        textcat={"": p.REDUCE, **p.under("tok2vec", p.LISTENER)},
    )
    folder = prepared(tmp_path, nlp, [eg.y for eg in p.examples(nlp, repeat=10)])
    command(folder, "init", "fill-config", "short.cfg", "full.cfg")
    assert "dropout = 0.0" in (folder / "full.cfg").read_text()
    paths = ["--paths.train", "train.spacy", "--paths.dev", "dev.spacy"]
    printed = command(folder, "train", "full.cfg", *paths, "--output", "out")
    assert "Saved pipeline" in printed
    printed = command(folder, "benchmark", "accuracy", "out/model-last", "dev.spacy")
    assert "TAG" in printed
    one, two = (spacy.load(folder / "out" / "model-last") for _ in range(2))
    assert p.predictions(one) == p.predictions(two)


def test_names_and_spans_are_trained_from_the_command_line(tmp_path: Path) -> None:
    over_ours = {
        **p.tok2vec(),
        "": '@architectures = "spacy.Tok2Vec.v2"',
        "embed": p.EMBED["spaCy's"],
    }
    nlp = p.pipeline(ner=p.parser(over_ours), spancat=p.our_span_categorizer(p.CNN))
    folder = prepared(tmp_path, nlp, [eg.y for eg in p.examples(nlp, repeat=20)])
    paths = ["--paths.train", "train.spacy", "--paths.dev", "dev.spacy"]
    steps = ["--training.max_steps", "80", "--training.optimizer.learn_rate", "0.01"]
    command(folder, "init", "fill-config", "short.cfg", "full.cfg")
    text = (folder / "full.cfg").read_text()
    assert "combinet.MaxoutWindowEncoder.v1" in text
    assert "combinet.ngram_suggester.v1" in text
    command(folder, "train", "full.cfg", *paths, *steps, "--output", "out")
    trained = spacy.load(folder / "out" / "model-last")
    for _, names, spans, _ in p.predictions(trained)[:1]:
        assert names == [(0, "NAME"), (2, "NAME")]
        assert spans == names


@pytest.mark.slow
@pytest.mark.skipif(not EWT.is_dir(), reason=f"there is no folder {EWT}")
def test_a_tagger_trained_on_real_sentences_tags_most_words_right(tmp_path: Path) -> None:
    suffixes = p.CNN[""].replace("subword_features = false", "subword_features = true")
    nlp = p.pipeline(tagger=p.tagger({"": suffixes.replace("size = 100", "size = 1000")}))
    docs = list(sentences(nlp, 500))
    folder = prepared(tmp_path, nlp, docs)
    paths = ["--paths.train", "train.spacy", "--paths.dev", "dev.spacy"]
    steps = ["--training.max_steps", "100", "--training.optimizer.learn_rate", "0.01"]
    command(folder, "init", "fill-config", "short.cfg", "full.cfg")
    command(folder, "train", "full.cfg", *paths, *steps, "--output", "out")
    trained = spacy.load(folder / "out" / "model-last")
    held_out = docs[400:]
    plain = [spacy.tokens.Doc(trained.vocab, words=[t.text for t in doc]) for doc in held_out]
    alone = [[t.tag_ for t in doc] for doc in trained.pipe(plain)]
    right = sum(
        t.tag_ == tag
        for doc, tags in zip(held_out, alone, strict=True)
        for t, tag in zip(doc, tags, strict=True)
    )
    assert right / sum(map(len, held_out)) > 0.6


def sentences(nlp: Any, limit: int) -> Any:
    """The first sentences of the treebank, with their tags."""
    rows: list[list[str]] = []
    with gzip.open(EWT / "en_ewt-ud-train.conllu.gz", "rt", encoding="utf-8") as file:
        for line in file:
            cells = line.rstrip("\n").split("\t")
            if len(cells) == 10 and cells[0].isdigit():
                rows.append(cells)
            elif rows and not line.strip():
                words, tags = [row[1] for row in rows], [row[4] for row in rows]
                yield spacy.tokens.Doc(nlp.vocab, words=words, tags=tags)
                rows, limit = [], limit - 1
                if not limit:
                    return
