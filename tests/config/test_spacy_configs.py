"""Configs as spaCy documents and writes them load unchanged: confection's reading is ours."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest
from confection import Config as Peer

from combinet.config import Config

PIPELINE = """
[paths]
train = null
dev = null
vectors = null
init_tok2vec = null
root = "corpus"
version = 5
both = "${paths.root}/v_${paths.version}.spacy"

[system]
gpu_allocator = null
seed = 0

[nlp]
lang = "en"
pipeline = ["tok2vec","tagger","ner","textcat","spancat"]
batch_size = 1000
disabled = []
before_creation = null
tokenizer = {"@tokenizers":"spacy.Tokenizer.v1"}
vectors = {"@vectors":"spacy.Vectors.v1"}

[components]

[components.tok2vec]
factory = "tok2vec"

[components.tok2vec.model]
@architectures = "spacy.Tok2Vec.v2"

[components.tok2vec.model.embed]
@architectures = "spacy.MultiHashEmbed.v2"
width = ${components.tok2vec.model.encode.width}
attrs = ["NORM", "PREFIX", "SUFFIX", "SHAPE"]
rows = [5000, 1000, 2500, 2500]
include_static_vectors = false

[components.tok2vec.model.encode]
@architectures = "spacy.MaxoutWindowEncoder.v2"
width = 96
depth = 4
window_size = 1
maxout_pieces = 3

[components.tagger]
factory = "tagger"
neg_prefix = "!"
overwrite = false
scorer = {"@scorers":"spacy.tagger_scorer.v1"}

[components.tagger.model]
@architectures = "spacy.Tagger.v2"
nO = null
normalize = false

[components.tagger.model.tok2vec]
@architectures = "spacy.Tok2VecListener.v1"
width = ${components.tok2vec.model.encode:width}
upstream = "*"

[components.ner]
source = "en_core_web_sm"
replace_listeners = ["model.tok2vec"]

[components.textcat]
factory = "textcat"
threshold = 0.0

[components.textcat.model]
@architectures = "spacy.TextCatEnsemble.v2"
nO = null

[components.textcat.model.linear_model]
@architectures = "spacy.TextCatBOW.v2"
exclusive_classes = true
ngram_size = 1
no_output_layer = false

[components.textcat.model.tok2vec]
@architectures = "spacy.HashEmbedCNN.v2"
pretrained_vectors = null
width = 96
depth = 4
embed_size = 2000
window_size = 1
maxout_pieces = 3
subword_features = true

[components.spancat]
factory = "spancat"
max_positive = null
spans_key = "sc"
threshold = 0.5

[components.spancat.model]
@architectures = "spacy.SpanCategorizer.v1"

[components.spancat.model.reducer]
@layers = "spacy.mean_max_reducer.v1"
hidden_size = 128

[components.spancat.model.scorer]
@layers = "spacy.LinearLogistic.v1"
nO = null
nI = null

[components.spancat.model.tok2vec]
@architectures = "spacy.Tok2VecListener.v1"
width = 96

[components.spancat.suggester]
@misc = "spacy.ngram_suggester.v1"
sizes = [1,2,3]

[corpora]

[corpora.train]
@readers = "spacy.Corpus.v1"
path = ${paths.train}
max_length = 0
gold_preproc = false
limit = 0

[corpora.dev]
@readers = "spacy.Corpus.v1"
path = ${paths.dev}

[training]
# both corpora are named, not given
train_corpus = "corpora.train"
dev_corpus = "corpora.dev"
seed = ${system.seed}
gpu_allocator = ${system.gpu_allocator}
dropout = 0.1
accumulate_gradient = 1
frozen_components = ["ner"]
annotating_components = []
before_to_disk = null

[training.batcher]
@batchers = "spacy.batch_by_words.v1"
discard_oversize = false
tolerance = 0.2

[training.batcher.size]
@schedules = "compounding.v1"
start = 100
stop = 1000
compound = 1.001
t = 0.0

[training.logger]
@loggers = "spacy.ConsoleLogger.v1"
progress_bar = false

[training.optimizer]
@optimizers = "Adam.v1"
beta1 = 0.9
L2_is_weight_decay = true
L2 = 0.01
grad_clip = 1.0
use_averages = false
eps = 0.00000001
learn_rate = 1e-3

[training.score_weights]
tag_acc = 0.5
ents_f = 0.5
ents_per_type = null

[pretraining]
optimizer = ${training.optimizer}

[initialize]
vectors = ${paths.vectors}

[initialize.components]

[initialize.components.tagger]

[initialize.components.tagger.labels]
@readers = "spacy.read_labels.v1"
path = "corpus/labels/tagger.json"
require = false

[initialize.tokenizer]
"""

#: One thing that is written in configs of spaCy, its plugins and Thinc, each.
HABITS = {
    "text without quotes, with commas": "[task]\nlabels = PERSON,PLACE,TIME",
    "a long text on indented lines": "[task]\nsays = Names of dishes,\n    and of\n    drinks.",
    "keys with a dash, keys of letters of any case": '[task]\nARG-M-LOC = "Place"\nArg = 1',
    "an absolute path without quotes": "[task]\npath = /data/examples.jsonl",
    "a registry of somebody's own": '[task]\n@llm_tasks = "spacy.NER.v3"\nlabels = ["A"]',
    "a table on one line": '[model]\nconfig = {"temperature": 0.3, "stop": null}',
    "a list over several lines": '[nlp]\npipeline = [\n    "tagger",\n    "ner"\n    ]',
    "an empty text and an empty list": '[a]\nx = ""\ny = []\nz = {}',
    "a block with positional arguments": (
        '[model]\n@layers = "chain.v1"\n[model.*.first]\n@layers = "Relu.v1"\nnO = 5\n'
        '[model.*.second]\n@layers = "Softmax.v1"'
    ),
    "a block inside a table": '[a]\nrate = {"@schedules":"warmup_linear.v1","warmup_steps":250}',
    "comments of both kinds, and blank lines": "; one\n[a]\n# two\n\nx = 1\n  # three\ny = 2\n",
    "a colon between key and value": "[a]\nx: 3",
    "a whole section by a variable": "[a]\nx = 1\n[a.b]\ny = 2\n[c]\nd = ${a}\ne = ${a.b}",
    "a section by a variable inside a list": '[a]\n@misc = "f.v1"\n[b]\nc = [${a}]',
    "a null by a variable": "[a]\nx = null\n[b]\ny = ${a.x}\nz = [${a.x}]",
    "numbers in every form": "[a]\na = -3\nb = 1e-8\nc = 0.0\nd = 1E5\ne = 2.50\nf = -0.0",
    "texts with quotes, backslashes, unicode": '[a]\nx = "say \\"\\u00fc\\" \\\\ \\n ü"',
    "a variable in the middle of a path": '[p]\nroot = "r"\nn = 5\nfile = "${p.root}/t_${p.n}.x"',
    "sections without keys": "[components]\n[components.a]\n[components.b]\nx = 1",
    "words of Python": "[a]\nx = None\ny = True\nz = False",
}
OVERRIDES = {"paths.train": "./train.spacy", "training.dropout": 0.3, "nlp.pipeline": ["ner"],
             "components.tok2vec.model.encode.width": 64, "system.seed": None}  # fmt: skip


def expect_same(text: str, **options: Any) -> None:
    """Both read it alike, and each reads what the other writes."""
    peer: Any = Peer
    read = peer().from_str
    for interpolate in (True, False):
        ours = Config().from_str(text, interpolate=interpolate, **options)
        theirs = read(text, interpolate=interpolate, **options)
        assert ours == theirs
        assert Config().from_str(theirs.to_str(), interpolate=interpolate) == theirs
        assert read(ours.to_str(), interpolate=interpolate) == theirs


def test_a_pipeline_is_read_as_confection_reads_it() -> None:
    expect_same(PIPELINE)


def test_a_pipeline_is_read_as_it_is_meant() -> None:
    config = Config().from_str(PIPELINE)
    assert config["components"]["tok2vec"]["model"]["embed"]["width"] == 96
    assert config["components"]["tagger"]["model"]["tok2vec"]["width"] == 96
    assert config["paths"]["both"] == "corpus/v_5.spacy"
    assert config["pretraining"]["optimizer"] == config["training"]["optimizer"]
    assert config["initialize"]["tokenizer"] == {}


def test_overrides_reach_what_refers_to_them() -> None:
    expect_same(PIPELINE, overrides=OVERRIDES)
    config = Config().from_str(PIPELINE, overrides=OVERRIDES)
    assert config["corpora"]["train"]["path"] == "./train.spacy"
    assert config["components"]["tagger"]["model"]["tok2vec"]["width"] == 64


def test_a_text_indented_as_a_whole_is_read_alike() -> None:
    expect_same(textwrap.indent(PIPELINE, "        "))


@pytest.mark.parametrize("text", HABITS.values(), ids=HABITS)
def test_a_habit_is_read_as_confection_reads_it(text: str) -> None:
    expect_same(text)


@pytest.mark.parametrize("optimize", ["efficiency", "accuracy"])
@pytest.mark.parametrize(
    "pipeline",
    [
        ["tagger", "textcat", "ner", "spancat"],
        ["tok2vec", "morphologizer", "parser", "trainable_lemmatizer", "textcat_multilabel"],
        ["senter", "span_finder", "spancat_singlelabel", "entity_linker"],
    ],
    ids=lambda names: names[0],
)
def test_what_spacy_generates_is_read_as_confection_reads_it(
    pipeline: list[str], optimize: str
) -> None:
    init = pytest.importorskip("spacy.cli.init_config", reason="spaCy writes these configs")
    made = init.init_config(lang="en", pipeline=pipeline, optimize=optimize, silent=True)
    expect_same(made.to_str())


@pytest.mark.parametrize("name", ["default_config.cfg", "default_config_pretraining.cfg"])
def test_spacy_s_own_defaults_are_read_as_confection_reads_them(name: str) -> None:
    spacy = pytest.importorskip("spacy", reason="these files come with spaCy")
    expect_same((Path(spacy.__file__).parent / name).read_text("utf-8"))
