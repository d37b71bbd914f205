"""The page of all layers and combinators: complete, with pictures, and its examples run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from combinet import Relu, chain
from combinet.registry import registry
from combinet.testing import Case, sample_of
from combinet.types import Floats2d, Padded, Ragged
from scripts import layers_page
from scripts.layer_pictures import describe, picture
from tests.docs import run_page

ENTRIES = layers_page.entries()
OURS = [
    name
    for name in registry.layers.names()
    if registry.layers.get(name).__module__.startswith(("combinet.layers", "combinet.comb"))
]
ids = [entry.title for entry in ENTRIES]


def test_every_registered_layer_and_combinator_is_on_the_page() -> None:
    shown = {name for entry in ENTRIES for name in entry.names}
    assert {*OURS, "chain.v1"} - shown == set()


def test_no_layer_is_on_the_page_twice() -> None:
    assert len({entry.address for entry in ENTRIES}) == len(ENTRIES)


@pytest.mark.parametrize("entry", ENTRIES, ids=ids)
def test_the_section_has_docstring_picture_and_example(entry: layers_page.Entry) -> None:
    assert (entry.constructor.__doc__ or "").strip()
    assert entry.case is not None
    svg = layers_page.figure(entry, entry.case).removeprefix("<figure>").removesuffix("</figure>")
    assert ElementTree.fromstring(svg).findall(".//path")
    example = layers_page.example(entry, entry.case)
    assert example or ">>> " in (entry.constructor.__doc__ or "")


def test_the_examples_run_one_after_the_other(tmp_path: Path) -> None:
    page = tmp_path / "layers.md"
    page.write_text(layers_page.page(), "utf-8")
    command = [sys.executable, "-W", "error", run_page.__file__, str(page)]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr


RELU = next(entry for entry in ENTRIES if entry.title == "Relu")


def code_of(build: Any) -> str:
    return layers_page.source_of(RELU, Case("Relu.v1", build, sample_of(Floats2d)))


def small() -> Any:
    """Inlined where it is called."""
    return Relu(2)


def test_an_example_names_what_the_lambda_of_its_case_names() -> None:
    width, Inner = 3, registry.layers.get("Relu.v1")
    one, two = [code_of(build) for build in (lambda: Inner(width), lambda: Inner())]
    assert (one, two) == ("model = Relu(3)", "model = Relu()")


def test_an_example_has_in_it_what_a_helper_of_the_tests_returns() -> None:
    assert code_of(lambda: chain(small(), small())) == "model = chain(Relu(2), Relu(2))"


def test_a_function_gives_its_statements() -> None:
    def build() -> Any:
        """Not shown."""
        layer = Relu(3)
        return chain(layer, layer)

    assert code_of(build) == "layer = Relu(3)\nmodel = chain(layer, layer)"


def test_what_only_the_tests_know_asks_for_an_example() -> None:
    with pytest.raises(ValueError, match="only the tests know code_of: .* Example:"):
        code_of(lambda: Relu(init_W=code_of))


VALUES = {
    "(2, 3)": np.ones((2, 3), dtype="float32"),
    "(0, 3)": np.ones((0, 3), dtype="float32"),
    "Ragged (3, 2), lengths 1 0 2": Ragged(np.ones((3, 2)), np.array([1, 0, 2])),
    "list: (1, 2), (0, 2)": [np.ones((1, 2)), np.ones((0, 2))],
    "list of 0": [],
    "dict of a, b": {"a": np.ones(2), "b": ["x", "y"]},
    "((2,), (2,))": (np.ones(2), np.arange(2)),
}


@pytest.mark.parametrize("words", VALUES)
def test_any_value_can_be_drawn_and_described(words: str) -> None:
    assert describe(VALUES[words]) == words
    ElementTree.fromstring(picture(VALUES[words], "f<g>", VALUES[words]))


def test_the_picture_of_a_padded_leaves_its_padding_grey() -> None:
    data = np.ones((2, 2, 1), dtype="float32")
    padded = Padded(data, np.array([2, 1]), np.array([2, 1]), np.array([0, 1]))
    svg = ElementTree.fromstring(picture(padded, "f", padded))
    greys = [p for p in svg.iter("path") if p.get("fill-opacity") == ".08"]
    assert [path.get("d", "").count("M") for path in greys] == [1, 1]
