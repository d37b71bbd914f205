"""Pictures of a model: aligned, within 100 columns, escaped, and true."""

from __future__ import annotations

import html.parser
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from combinet.chain import chain
from combinet.layers.dropout import Dropout
from combinet.layers.hashembed import HashEmbed
from combinet.layers.linear import Linear
from combinet.layers.relu import Relu
from combinet.model import Model
from combinet.shims import Shim
from combinet.summary import summarize

X = np.zeros((2, 3), "float32")
Net = Model[Any, Any]
NASTY = "a\"b<c>&d#e;`f`]\\\n|{x}'"


def _same(model: Net, X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    return X, lambda dY: dY


def named(name: str, *layers: Net, role: Any = "layer") -> Net:
    return Model(name, _same, layers=layers, role=role)


class ArrayShim(Shim):
    def tensors(self) -> dict[str, Any]:
        return dict(self._model)


def cells(text: str) -> list[list[str]]:
    return [re.split(r"  +", line.strip()) for line in text.splitlines()]


# --- text ---------------------------------------------------------------------------------


def test_the_summary_shows_paths_sizes_parameters_and_bytes() -> None:
    model = chain(Relu(4), Dropout(0.5), Linear(2)).initialize(X=X)
    assert cells(model.summary()) == [
        ["path", "name", "dims", "parameters", "bytes"],
        ["relu>>dropout>>linear", "nO=2 nI=3"],
        ["0", "relu", "nO=4 nI=3", "16", "64"],
        ["1", "dropout"],
        ["2", "linear", "nO=2 nI=4", "10", "40"],
        ["total", "26", "104"],
    ]


def test_columns_are_aligned() -> None:
    model = chain(Relu(4000), Dropout(0.5), Linear(2)).initialize(X=X)
    assert model.summary().splitlines() == [
        "path  name                   dims          parameters   bytes",
        "      relu>>dropout>>linear  nO=2 nI=3",
        "0       relu                 nO=4000 nI=3      16,000  64,000",
        "1       dropout",
        "2       linear               nO=2 nI=4000       8,002  32,008",
        "      total                                    24,002  96,008",
    ]


def test_large_numbers_have_separators() -> None:
    assert "1,001,000" in Linear(1000, 1000).summary()


def test_before_initialize_open_sizes_are_question_marks() -> None:
    assert cells(Linear().summary())[1] == ["linear", "nO=? nI=?", "?", "?"]
    assert cells(Linear(4).summary())[1] == ["linear", "nO=4 nI=?", "4 + ?", "16 + ?"]
    assert cells(Linear(4, 3).summary())[1] == ["linear", "nO=4 nI=3", "16", "64"]


def test_a_size_that_no_parameter_is_made_of_is_not_called_open() -> None:
    for model in (HashEmbed(4, 10), HashEmbed(4, 10, column=0), HashEmbed(4, 10).initialize()):
        assert "nI" not in model.summary()
    assert "nI=?" in chain(HashEmbed(4, 10, column=0), Linear(2)).summary()


def test_float64_parameters_take_twice_the_bytes() -> None:
    model = Linear(4, 3).initialize().to_dtype("float64")
    assert cells(model.summary())[1][-2:] == ["16", "128"]


def test_the_short_form_of_one_layer_is_one_line() -> None:
    assert repr(Linear(4, 3)) == "linear  nO=4 nI=3  16"


def test_the_short_form_of_a_tree_is_indented_and_has_a_total() -> None:
    assert repr(chain(Relu(4, 3), Linear(2, 4))).splitlines() == [
        "relu>>linear  nO=2 nI=3",
        "  relu        nO=4 nI=3  16",
        "  linear      nO=2 nI=4  10",
        "total                    26",
    ]


def test_chains_inside_chains_are_shown_as_one() -> None:
    a, b, c = Relu(4, 3), Relu(5, 4), Linear(2, 5)
    flat = chain(Relu(4, 3), Relu(5, 4), Linear(2, 5)).summary()
    assert cells((a >> (b >> c)).summary())[2:] == cells(flat)[2:]


def test_a_chain_of_two_hundred_layers_is_not_indented_two_hundred_times() -> None:
    model = Linear(2, 2) >> Linear(2, 2)
    for _ in range(198):
        model = model >> Linear(2, 2)
    lines = model.summary().splitlines()
    assert len(lines) == 203
    assert lines[-2].split()[:2] == ["199", "linear"]
    assert cells(lines[-1])[0][1:] == ["1,200", "4,800"]


def test_a_shared_layer_is_marked_and_counted_once() -> None:
    inner = Linear(3, 3)
    rows = cells(chain(inner, Relu(3, 3), inner).summary())
    assert rows[4] == ["linear (shared: 0)"]
    assert rows[-1] == ["total", "24", "96"]


def test_the_tensors_of_a_shim_are_counted() -> None:
    arrays = {"w": np.zeros((2, 5)), "n": np.zeros(1, "int32")}
    model = Model[Any, Any]("foreign", _same, shims=[ArrayShim(arrays)])
    assert cells(model.summary())[1] == ["foreign", "11", "84"]


def test_a_shim_without_tensors_is_a_question_mark() -> None:
    model = Model[Any, Any]("foreign", _same, shims=[Shim(None)])
    assert cells(model.summary())[1] == ["foreign", "?", "?"]


def test_a_parameter_that_only_data_can_size_is_a_question_mark() -> None:
    model = Model[Any, Any]("thinc-style", _same, params={"W": None})
    assert cells(model.summary())[1] == ["thinc-style", "?", "?"]


@pytest.mark.parametrize("depth", [1, 5, 60])
@pytest.mark.parametrize("name", ["x", "long " * 50])
def test_no_line_is_longer_than_100_columns(depth: int, name: str) -> None:
    dims = {f"dim{i}": 1000 for i in range(20)}
    model = Model[Any, Any](name, _same, dims=dims, params={"W": np.zeros((1000, 1000))})
    for _ in range(depth):
        model = named(name, model, named("y"))
    for text in (model.summary(), repr(model)):
        assert max(map(len, text.splitlines())) <= 100
        assert "1,000,000" in text


def test_names_with_line_breaks_stay_on_their_lines() -> None:
    assert repr(named("a\nb", named("c\r\x1b[2Jd"))).splitlines()[:2] == ["a b", "  c  [2Jd"]


def test_summarize_takes_the_columns_to_show() -> None:
    assert summarize(Linear(4, 3), columns=("name",)) == "linear"


# --- html ---------------------------------------------------------------------------------


class Reader(html.parser.HTMLParser):
    """Collects the cells, and checks that every tag is closed in its turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[list[str]] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.rows[-1][-1] += data


def test_html_shows_the_same_table() -> None:
    model = chain(Relu(4), Linear(2)).initialize(X=X)
    rows = Reader(model._repr_html_()).rows
    text = cells(model.summary())
    assert [[cell for cell in row if cell] for row in rows] == text
    assert {len(row) for row in rows} == {5}


def test_html_escapes_names() -> None:
    text = chain(named(NASTY), named("<script>alert(1)</script>"))._repr_html_()
    assert "<script>" not in text
    assert [row[1] for row in Reader(text).rows[2:4]] == [
        NASTY.replace("\n", " "),
        "<script>alert(1)</script>",
    ]
