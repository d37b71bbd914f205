"""Suggesters of spans and candidates for relations: entry points of ``spacy_misc``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ..bridges._thinc_containers import to_thincs
from ..text import Doc
from .adapted import adapted


def _suggester(function: Callable[..., Any]) -> Callable[..., Any]:
    return partial(_suggest, function)


def _suggest(function: Callable[..., Any], docs: Sequence[Doc], *, ops: Any = None) -> Any:
    """The spans as Thinc's ``Ragged``, which is what spaCy's components index."""
    return to_thincs(function(docs, ops=ops))


def _as_it_is(function: Callable[..., Any]) -> Callable[..., Any]:
    return function


ngram_range_suggester = adapted("misc", "combinet.ngram_range_suggester.v1", _suggester)
ngram_suggester = adapted("misc", "combinet.ngram_suggester.v1", _suggester)
preset_spans_suggester = adapted("misc", "combinet.preset_spans_suggester.v1", _suggester)
rel_cand_generator = adapted("misc", "combinet.rel_cand_generator.v1", _as_it_is)
rel_cand_generator_v2 = adapted("misc", "combinet.rel_cand_generator.v2", _as_it_is)
