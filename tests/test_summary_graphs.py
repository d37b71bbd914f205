"""Mermaid and Graphviz drawings: well formed, escaped, and in the order of the data."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from combinet.chain import chain
from combinet.combinators.concatenate import concatenate
from combinet.layers.dropout import Dropout
from combinet.layers.linear import Linear
from combinet.layers.relu import Relu
from combinet.model import Model

Net = Model[Any, Any]
NASTY = "a\"b<c>&d#e;`f`]\\\n|{x}'"


def _same(model: Net, X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    return X, lambda dY: dY


def named(name: str, *layers: Net, role: Any = "layer") -> Net:
    return Model(name, _same, layers=layers, role=role)


MERMAID_LINES = (
    r"flowchart TD",
    r' *[nf]\d+\["[^"`<>&;]*(?:(?:#\d+;|<br/>)[^"`<>&;]*)*"\]',
    r' *subgraph f\d+\["[^"`<>&;]*(?:(?:#\d+;|<br/>)[^"`<>&;]*)*"\]',
    r" *end",
    r" *n\d+ --> n\d+",
)
DOT_LINES = (
    r"digraph model \{",
    r"  node \[shape=box\];",
    r' *n\d+ \[label="(?:[^"\\]|\\["\\n])*"\];',
    r" *subgraph cluster_f\d+ \{",
    r' *label="(?:[^"\\]|\\["\\n])*";',
    r" *\}",
    r" *n\d+ -> n\d+;",
)


def examples() -> list[Net]:
    shared = Linear(3, 3)
    return [
        Linear(2, 3),
        chain(Relu(4, 3), Dropout(0.5), Linear(2, 4)),
        chain(concatenate(Relu(4, 3), chain(Relu(2, 3), Relu(2, 2))), Linear(2, 6)),
        chain(shared, Relu(3, 3), shared),
        named(NASTY, named(NASTY), chain(named("</b>"), named("end"))),
        named("unused", named("inside"), role="inert"),
    ]


@pytest.mark.parametrize("model", examples(), ids=lambda model: repr(model.name))
def test_every_line_of_a_mermaid_chart_is_well_formed(model: Net) -> None:
    lines = model.to_mermaid().splitlines()
    for line in lines:
        assert any(re.fullmatch(form, line) for form in MERMAID_LINES), line
    assert sum("subgraph" in line for line in lines) == [x.strip() for x in lines].count("end")


@pytest.mark.parametrize("model", examples(), ids=lambda model: repr(model.name))
def test_every_line_of_a_dot_graph_is_well_formed(model: Net) -> None:
    lines = model.to_dot().splitlines()
    for line in lines:
        assert any(re.fullmatch(form, line) for form in DOT_LINES), line
    assert sum(line.endswith("{") for line in lines) == [x.strip() for x in lines].count("}")


def graph(text: str) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Labels by box and edges between labels, of either language."""
    boxes = re.findall(r'(n\d+) ?\[(?:label=)?"(\w+)', text)
    edges = re.findall(r"(n\d+) --?> (n\d+)", text)
    labels = dict(boxes)
    return labels, [(labels[one], labels[other]) for one, other in edges]


@pytest.mark.parametrize("draw", [Model.to_mermaid, Model.to_dot])
def test_edges_follow_the_data(draw: Callable[[Net], str]) -> None:
    a, b, c, d = (named(name) for name in "abcd")
    _, edges = graph(draw(a >> (b >> c) >> d))
    assert edges == [("a", "b"), ("b", "c"), ("c", "d")]


@pytest.mark.parametrize("draw", [Model.to_mermaid, Model.to_dot])
def test_branches_part_and_meet_again(draw: Callable[[Net], str]) -> None:
    a, b, c, d, e = (named(name) for name in "abcde")
    _, edges = graph(draw(chain(a, named("both", chain(b, c), d), e)))
    assert sorted(edges) == [("a", "b"), ("a", "d"), ("b", "c"), ("c", "e"), ("d", "e")]


@pytest.mark.parametrize("draw", [Model.to_mermaid, Model.to_dot])
def test_a_shared_layer_is_one_box(draw: Callable[[Net], str]) -> None:
    a, b = named("a"), named("b")
    labels, edges = graph(draw(chain(a, b, a)))
    assert sorted(labels.values()) == ["a", "b"]
    assert edges == [("a", "b"), ("b", "a")]


def test_combinators_are_frames_around_their_layers() -> None:
    model = chain(named("a"), named("outer", named("inner", named("b"))))
    lines = [line.strip() for line in model.to_mermaid().splitlines()]
    assert lines[1:] == [
        'n1["a"]',
        'subgraph f2["outer"]',
        'subgraph f3["inner"]',
        'n4["b"]',
        "end",
        "end",
        "n1 --> n4",
    ]
    dot = model.to_dot()
    assert dot.index('"outer"') < dot.index('"inner"') < dot.index('"b"')


def test_labels_show_the_dims() -> None:
    assert 'n1["linear<br/>nO=2 nI=?"]' in Linear(2).to_mermaid()
    assert r'n1 [label="linear\nnO=2 nI=?"]' in Linear(2).to_dot()


def test_labels_say_what_the_name_says() -> None:
    text = named(NASTY).to_mermaid()
    label = re.search(r'\["(.*)"\]', text)
    assert label
    decoded = re.sub(r"#(\d+);", lambda m: chr(int(m[1])), label[1].replace("<br/>", "\n"))
    assert decoded == NASTY
    quoted = re.search(r'label="(.*)"\]', named(NASTY).to_dot())
    assert quoted
    escapes = {"\\n": "\n", '\\"': '"', "\\\\": "\\"}
    assert re.sub(r"\\.", lambda m: escapes[m[0]], quoted[1]) == NASTY
