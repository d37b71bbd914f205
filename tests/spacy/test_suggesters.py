"""Our suggesters of spans in spaCy's span categorizer."""

from __future__ import annotations

from typing import Any

import pytest

spacy: Any = pytest.importorskip("spacy", reason="spaCy is not installed", exc_type=ImportError)

from tests.spacy import pipelines as p  # noqa: E402

SUGGESTERS = {
    "sizes": '@misc = "combinet.ngram_suggester.v1"\nsizes = [1, 2]',
    "range": '@misc = "combinet.ngram_range_suggester.v1"\nmin_size = 1\nmax_size = 2',
    "preset": '@misc = "combinet.preset_spans_suggester.v1"\nspans_key = "sc"',
}


def made(name: str) -> Any:
    text = f"[suggester]\n{SUGGESTERS[name]}"
    return spacy.registry.resolve(spacy.util.Config().from_str(text))["suggester"]


@pytest.mark.parametrize("name", SUGGESTERS)
def test_they_suggest_what_spacys_do(name: str) -> None:
    twin = SUGGESTERS[name].replace("combinet.", "spacy.")
    text = f"[suggester]\n{twin}"
    theirs = spacy.registry.resolve(spacy.util.Config().from_str(text))["suggester"]
    docs = [eg.y for eg in p.examples(spacy.blank("en"))]
    mine, other = made(name)(docs), theirs(docs)
    assert type(mine) is type(other)
    assert mine.lengths.tolist() == other.lengths.tolist()
    for one, two in zip(mine, other, strict=True):
        assert sorted(one.dataXd.tolist()) == sorted(two.dataXd.tolist())


@pytest.mark.parametrize("name", ["sizes", "range"])
@pytest.mark.parametrize("blocks", [p.span_categorizer, p.our_span_categorizer])
def test_spans_are_learned_from_what_they_suggest(blocks: Any, name: str) -> None:
    nlp = p.pipeline(spancat=blocks(p.CNN))
    nlp.get_pipe("spancat").suggester = made(name)
    nlp, _ = p.trained(nlp, 60)
    found = [spans for _, _, spans, _ in p.predictions(nlp)]
    assert found == [[(0, "NAME"), (2, "NAME")], [(3, "NAME")], [], [(1, "NAME")]]
