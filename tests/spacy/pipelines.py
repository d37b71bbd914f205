"""Pipelines of spaCy's with our architectures in them, and documents to train them on."""

from __future__ import annotations

import textwrap
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from combinet.spacy import architectures, layers, misc

spacy: Any = pytest.importorskip("spacy", reason="spaCy is not installed", exc_type=ImportError)

#: By group of entry points: the module that they point into, and what stands before the names.
GROUPS: dict[str, tuple[ModuleType, str]] = {
    "spacy_architectures": (architectures, ""),
    "spacy_misc": (misc, ""),
    "thinc_layers": (layers, "combinet."),
}


def offered(group: str) -> dict[str, str]:
    """The entry points of a group that the project ought to have."""
    module, prefix = GROUPS[group]
    return {
        prefix + function.registered.removeprefix(prefix): f"{module.__name__}:{name}"
        for name, function in vars(module).items()
        if hasattr(function, "registered")
    }


def write_entry_points(folder: Path) -> Path:
    """What an installed combinet has, as a distribution in a folder for PYTHONPATH."""
    info = folder / "combinet_entry_points-0.dist-info"
    info.mkdir(parents=True)
    lines: list[str] = []
    for group in GROUPS:
        lines += [f"[{group}]", *(f"{name} = {place}" for name, place in offered(group).items())]
    (info / "entry_points.txt").write_text("\n".join(lines))
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: combinet-entry-points\nVersion: 0")
    return folder


# In this process they are registered by hand: the packages that are installed are long read.
for group, (module, _) in GROUPS.items():
    for name, place in offered(group).items():
        found: Any = getattr(module, place.partition(":")[2])
        getattr(spacy.registry, group.partition("_")[2]).register(name, func=found)

WIDTH = 16
EMBED = {
    "hashes": f"""
        @architectures = "combinet.MultiHashEmbed.v1"
        width = {WIDTH}
        attrs = ["NORM", "SHAPE"]
        rows = [100, 50]
    """,
    "characters": f"""
        @architectures = "combinet.CharacterEmbed.v1"
        width = {WIDTH}
        embed_size = 100
        nM = 8
        nC = 4
    """,
    "spaCy's": f"""
        @architectures = "spacy.MultiHashEmbed.v2"
        width = {WIDTH}
        attrs = ["NORM", "SHAPE"]
        rows = [100, 50]
        include_static_vectors = false
    """,
}
ENCODE = {
    "maxout": f"""
        @architectures = "combinet.MaxoutWindowEncoder.v1"
        width = {WIDTH}
        window_size = 1
        maxout_pieces = 2
        depth = 1
    """,
    "mish": f"""
        @architectures = "combinet.MishWindowEncoder.v1"
        width = {WIDTH}
        window_size = 1
        depth = 1
    """,
    "bilstm": f"""
        @architectures = "combinet.BiLSTMEncoder.v1"
        width = {WIDTH}
        depth = 1
    """,
    "transformer": f"""
        @architectures = "combinet.TransformerEncoder.v1"
        width = {WIDTH}
        depth = 1
    """,
    "spaCy's": f"""
        @architectures = "spacy.MaxoutWindowEncoder.v2"
        width = {WIDTH}
        window_size = 1
        maxout_pieces = 2
        depth = 1
    """,
}
LISTENER = {"": f'@architectures = "spacy.Tok2VecListener.v1"\nwidth = {WIDTH}'}
CNN = {
    "": f"""
        @architectures = "combinet.HashEmbedCNN.v1"
        width = {WIDTH}
        depth = 1
        embed_size = 100
        window_size = 1
        maxout_pieces = 2
        subword_features = false
    """
}


def tok2vec(embed: str = "hashes", encode: str = "maxout", by: str = "combinet.Tok2Vec.v1") -> Any:
    """The blocks of a tok2vec, by the path below it."""
    return {"": f'@architectures = "{by}"', "embed": EMBED[embed], "encode": ENCODE[encode]}


def under(path: str, blocks: dict[str, str]) -> dict[str, str]:
    """Blocks some levels further down."""
    return {f"{path}.{name}" if name else path: text for name, text in blocks.items()}


def pipeline(**models: dict[str, str]) -> Any:
    """A pipeline whose components, named as their factories, have these models."""
    parts = [f'[nlp]\nlang = "en"\npipeline = {str(list(models)).replace(chr(39), chr(34))}']
    parts.append("[components]")
    for name, blocks in models.items():
        parts.append(f'[components.{name}]\nfactory = "{name}"')
        if name == "spancat":
            suggester = '@misc = "spacy.ngram_suggester.v1"\nsizes = [1]'
            parts.append(f"[components.spancat.suggester]\n{suggester}")
        for path, text in under(f"components.{name}.model", blocks).items():
            parts.append(f"[{path}]\n{textwrap.dedent(text).strip()}")
    return spacy.blank("en").from_config(spacy.util.Config().from_str("\n\n".join(parts)))


WORDS = [
    ["Ada", "met", "Bob"],
    ["is", "it", "in", "Paris", "?"],
    ["no"],
    ["did", "Bob", "run", "?"],
]


def examples(nlp: Any, repeat: int = 1) -> list[Any]:
    """Small documents with tags, names, spans and categories that their words give away."""
    from spacy.tokens import Doc, Span
    from spacy.training import Example

    found: list[Any] = []
    for words in WORDS * repeat:
        tags = ["N" if w[0].isupper() else "P" if w == "?" else "V" for w in words]
        gold = Doc(nlp.vocab, words=words, tags=tags)
        gold.ents = [Span(gold, i, i + 1, "NAME") for i, tag in enumerate(tags) if tag == "N"]
        gold.spans["sc"] = list(gold.ents)
        gold.cats = {"QUESTION": float("?" in words), "OTHER": float("?" not in words)}
        found.append(Example(Doc(nlp.vocab, words=words), gold))
    return found


def trained(
    nlp: Any, steps: int = 30, learn_rate: float = 0.01
) -> tuple[Any, list[dict[str, Any]]]:
    """The pipeline after some steps, and the losses of each."""
    from thinc.api import Adam, fix_random_seed

    fix_random_seed(0)
    batch = examples(nlp)
    nlp.initialize(lambda: batch)
    optimizer = Adam(learn_rate)
    losses = [nlp.update(batch, sgd=optimizer, drop=0.1) for _ in range(steps)]
    return nlp, losses


def predictions(nlp: Any, **options: Any) -> list[Any]:
    """What a pipeline says of the documents, as plain values."""
    docs = [eg.x for eg in examples(nlp)]
    return [
        (
            [token.tag_ for token in doc],
            [(ent.start, ent.label_) for ent in doc.ents],
            [(span.start, span.label_) for span in doc.spans.get("sc", [])],
            {name: round(score, 4) for name, score in doc.cats.items()},
        )
        for doc in nlp.pipe(docs, **options)
    ]


def gold(nlp: Any) -> list[list[str]]:
    """The tags that are right."""
    return [[token.tag_ for token in eg.y] for eg in examples(nlp)]


def tagger(blocks: dict[str, str], by: str = "combinet.Tagger.v1") -> dict[str, str]:
    """The blocks of a tagger over this tok2vec."""
    return {"": f'@architectures = "{by}"', **under("tok2vec", blocks)}


def parser(blocks: dict[str, str]) -> dict[str, str]:
    """The blocks of spaCy's transition parser for names over this tok2vec."""
    head = """
        @architectures = "spacy.TransitionBasedParser.v2"
        state_type = "ner"
        extra_state_tokens = false
        hidden_width = 16
        maxout_pieces = 2
        use_upper = true
    """
    return {"": head, **under("tok2vec", blocks)}


def our_span_categorizer(blocks: dict[str, str]) -> dict[str, str]:
    """The blocks of our span categorizer over this tok2vec."""
    return {
        "": '@architectures = "combinet.SpanCategorizer.v1"',
        "reducer": '@layers = "combinet.mean_max_reducer.v1"\nhidden_size = 16',
        "scorer": '@layers = "combinet.LinearLogistic.v1"',
        **under("tok2vec", blocks),
    }


def span_categorizer(blocks: dict[str, str]) -> dict[str, str]:
    """The blocks of spaCy's span categorizer over this tok2vec, with a reducer of ours."""
    return {
        "": '@architectures = "spacy.SpanCategorizer.v1"',
        "reducer": '@layers = "combinet.reduce_mean.v1"',
        "scorer": '@layers = "spacy.LinearLogistic.v1"',
        **under("tok2vec", blocks),
    }


REDUCE = """
    @architectures = "combinet.TextCatReduce.v1"
    exclusive_classes = true
    use_reduce_first = false
    use_reduce_last = true
    use_reduce_max = true
    use_reduce_mean = true
"""
BOW = """
    @architectures = "combinet.TextCatBOW.v1"
    exclusive_classes = true
    ngram_size = 1
    no_output_layer = false
    length = 1024
"""
TEXTCATS: dict[str, dict[str, str]] = {
    "bow": {"": BOW},
    "reduce": {"": REDUCE, **under("tok2vec", tok2vec())},
    "cnn": {
        "": '@architectures = "combinet.TextCatCNN.v1"\nexclusive_classes = false',
        **under("tok2vec", CNN),
    },
    "attention": {
        "": '@architectures = "combinet.TextCatParametricAttention.v1"\nexclusive_classes = true',
        **under("tok2vec", tok2vec()),
    },
    "ensemble": {
        "": '@architectures = "combinet.TextCatEnsemble.v2"',
        "linear_model": BOW,
        **under("tok2vec", tok2vec()),
    },
    "ensemble v1": {
        "": """
            @architectures = "combinet.TextCatEnsemble.v1"
            width = 16
            embed_size = 100
            pretrained_vectors = null
            exclusive_classes = true
            ngram_size = 1
            window_size = 1
            conv_depth = 1
            dropout = 0.0
        """
    },
    "spaCy's ensemble over ours": {
        "": '@architectures = "spacy.TextCatEnsemble.v2"',
        "linear_model": BOW,
        **under("tok2vec", tok2vec()),
    },
    "ours over spaCy's": {
        "": '@architectures = "combinet.TextCatEnsemble.v2"',
        "linear_model": BOW.replace("combinet.TextCatBOW.v1", "spacy.TextCatBOW.v3"),
        **under("tok2vec", tok2vec("spaCy's", "spaCy's", "spacy.Tok2Vec.v2")),
    },
}
