"""What spaCy's and Thinc's registries find of combinet."""

from __future__ import annotations

import inspect
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

spacy: Any = pytest.importorskip("spacy", reason="spaCy is not installed", exc_type=ImportError)

from combinet.errors import DTypeError  # noqa: E402
from combinet.registry import registry  # noqa: E402
from combinet.spacy import architectures, as_thinc, layers  # noqa: E402
from tests.spacy import pipelines as p  # noqa: E402

PYPROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"


@pytest.mark.parametrize("group", p.GROUPS)
def test_the_project_offers_all_and_only_these(group: str) -> None:
    project = tomllib.loads(PYPROJECT.read_text("utf-8"))["project"]
    assert project["entry-points"][group] == p.offered(group)


@pytest.mark.parametrize("group", p.GROUPS)
def test_no_name_is_one_of_spacys_or_thincs_own(group: str) -> None:
    assert all(name.startswith("combinet.") for name in p.offered(group))


@pytest.mark.parametrize("place", [*p.offered("spacy_architectures").values()])
def test_arguments_and_defaults_are_those_of_the_architecture(place: str) -> None:
    module, _, name = place.partition(":")
    adapted = getattr(import_module(module), name)
    ours = inspect.signature(registry.architectures.get(adapted.registered)).parameters
    theirs = inspect.signature(adapted).parameters
    assert [(a.name, a.default, a.kind) for a in ours.values()] == [
        (b.name, b.default, b.kind) for b in theirs.values()
    ]


def test_every_layer_can_be_made_from_a_config() -> None:
    thinc: Any = pytest.importorskip("thinc.api")
    config = {"model": {"@layers": "combinet.Relu.v1", "nO": 3, "dropout": 0.1}}
    assert isinstance(spacy.registry.resolve(config)["model"], thinc.Model)


def test_combinators_take_layers_of_both_libraries_from_a_config() -> None:
    text = """
        [model]
        @layers = "combinet.chain.v1"
        [model.*.first]
        @layers = "combinet.Relu.v1"
        nO = 3
        nI = 2
        [model.*.second]
        @layers = "Linear.v1"
        nO = 4
        nI = 3
    """
    model = spacy.registry.resolve(spacy.util.Config().from_str(text))["model"].initialize()
    assert (model.get_dim("nI"), model.get_dim("nO")) == (2, 4)


def test_a_bad_argument_is_refused_by_the_config() -> None:
    from confection import ConfigValidationError

    blocks = {"": p.BOW.replace("ngram_size = 1", 'ngram_size = "many"')}
    with pytest.raises(ConfigValidationError, match="ngram_size"):
        p.pipeline(textcat=blocks)


def test_widths_are_known_before_any_data() -> None:
    for embed in p.EMBED:
        for encode in p.ENCODE:
            nlp = p.pipeline(tok2vec=p.tok2vec(embed, encode))
            assert nlp.get_pipe("tok2vec").model.get_dim("nO") == p.WIDTH


def test_parts_of_a_tok2vec_are_references_that_spacy_can_ask_for() -> None:
    nlp = p.pipeline(tagger=p.tagger(p.tok2vec()))
    model = nlp.get_pipe("tagger").model
    assert model.get_ref("tok2vec").get_ref("encode").get_dim("nO") == p.WIDTH
    assert model.get_ref("output_layer").has_dim("nO") is None


def test_a_model_of_thincs_stays_what_it_is() -> None:
    thinc: Any = pytest.importorskip("thinc.api")
    model = thinc.Linear(3)
    assert as_thinc(model) is model
    with pytest.raises(DTypeError):
        as_thinc("model")


def test_functions_have_the_names_that_entry_points_say() -> None:
    assert architectures.Tok2Vec.__name__ == "Tok2Vec"
    assert layers.Relu.__doc__ == import_module("combinet").Relu.__doc__
