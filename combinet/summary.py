"""What a model looks like: as a table, as HTML and as a graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from .describe import FlopsOf
from .describe.sizes import Size, is_wanted, own_size
from .paths import node_paths, short_name, spliced

if TYPE_CHECKING:
    from .model import Model

#: No line of a summary is longer, unless one asks for more.
WIDTH = 100
COLUMNS = ("path", "name", "dims", "parameters", "bytes")
#: A further column: what a forward pass multiplies and adds, see ``combinet.describe.flops``.
FLOPS = "FLOPs a row"
#: Another: which layers run together as one op, see ``combinet.fusion``.
FUSED = "fused"
_SIZES = ("parameters", "bytes")
_NUMBERS = (*_SIZES, FLOPS)
_NARROWEST = 12


def summarize(
    model: Model[Any, Any], columns: Sequence[str] = COLUMNS, *, width: int = WIDTH
) -> str:
    """The tree as lines of text, aligned, with a total below where there is more than one node.

    A size that is not known yet is ``?``. Chains inside chains are shown as one, as in paths;
    a node that stands in several places is counted where it stands first.

    Args:
        model: The root.
        columns: Of "path", "name", "dims", "parameters", "bytes", "FLOPs a row" and "fused".
        width: Of the longest line.
    """
    flops = FlopsOf(model) if FLOPS in columns else None
    found = _rows(model, flops, _fused_nodes(model) if FUSED in columns else {})
    rows = [{**row, "name": "  " * depth + row["name"]} for depth, row in found]
    if len(rows) > 1 and set(columns) & set(_NUMBERS):
        rows.append(_total(model, flops))
    if "path" in columns:
        rows.insert(0, {column: column for column in columns})
    widths = _widths(rows, columns, width)
    lines = ("  ".join(_cell(row, c, widths[c]) for c in columns) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def to_html(model: Model[Any, Any]) -> str:
    """The same as a table of its own, without scripts or style sheets."""
    head = "".join(f"<th>{column}</th>" for column in COLUMNS)
    body = "".join(_html_row(depth, row) for depth, row in _rows(model))
    foot = _html_row(0, _total(model))
    return (
        '<table style="font-family: monospace">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody><tfoot>{foot}</tfoot></table>"
    )


def to_mermaid(model: Model[Any, Any]) -> str:
    """A Mermaid flow chart: layers in the order of the data, combinators around theirs."""
    lines = ["flowchart TD"]

    def box(name: str, label: str, depth: int) -> None:
        lines.append(f'{"  " * depth}{name}["{_mermaid_text(label)}"]')

    def begin(name: str, label: str, depth: int) -> None:
        lines.append(f'{"  " * depth}subgraph {name}["{_mermaid_text(label)}"]')

    def end(depth: int) -> None:
        lines.append(f"{'  ' * depth}end")

    edges = _Drawing(model, box, begin, end).edges
    lines += [f"  {one} --> {other}" for one, other in edges]
    return "\n".join(lines) + "\n"


def to_dot(model: Model[Any, Any]) -> str:
    """A Graphviz graph: layers in the order of the data, combinators around theirs."""
    lines = ["digraph model {", "  node [shape=box];"]

    def box(name: str, label: str, depth: int) -> None:
        lines.append(f'{"  " * depth}{name} [label="{_dot_text(label)}"];')

    def begin(name: str, label: str, depth: int) -> None:
        indent = "  " * depth
        lines.append(f"{indent}subgraph cluster_{name} {{")
        lines.append(f'{indent}  label="{_dot_text(label)}";')

    def end(depth: int) -> None:
        lines.append(f"{'  ' * depth}}}")

    edges = _Drawing(model, box, begin, end).edges
    lines += [f"  {one} -> {other};" for one, other in edges]
    return "\n".join([*lines, "}"]) + "\n"


class _Drawing:
    """Walks a tree in the order of its data, and draws boxes, frames and edges."""

    def __init__(
        self,
        model: Model[Any, Any],
        box: Callable[[str, str, int], None],
        begin: Callable[[str, str, int], None],
        end: Callable[[int], None],
    ) -> None:
        self.box, self.begin, self.end = box, begin, end
        self.edges: dict[tuple[str, str], None] = {}
        self._count = 0
        self._ends: dict[Model[Any, Any], tuple[list[str], list[str]]] = {}
        self.draw(model, 1)

    def draw(self, node: Model[Any, Any], depth: int) -> tuple[list[str], list[str]]:
        """Draw a node once; the boxes that data enters, and those that it leaves."""
        if node not in self._ends:
            if node.role == "chain" and node.layers:
                self._ends[node] = self._draw_chain(node, depth)
            elif node.layers and node.role != "inert":
                self._ends[node] = self._draw_frame(node, depth)
            else:
                self._count += 1
                name = f"n{self._count}"
                self.box(name, _label(node), depth)
                self._ends[node] = [name], [name]
        return self._ends[node]

    def _draw_chain(self, chain: Model[Any, Any], depth: int) -> tuple[list[str], list[str]]:
        ends = [self.draw(layer, depth) for layer in spliced(chain)]
        for (_, leaving), (entered, _) in pairwise(ends):
            self.edges.update({(one, other): None for one in leaving for other in entered})
        return ends[0][0], ends[-1][1]

    def _draw_frame(self, node: Model[Any, Any], depth: int) -> tuple[list[str], list[str]]:
        self._count += 1
        self.begin(f"f{self._count}", _label(node), depth)
        ends = [self.draw(layer, depth + 1) for layer in node.layers]
        self.end(depth)
        return _joined(entered for entered, _ in ends), _joined(leaving for _, leaving in ends)


def _joined(lists: Iterable[list[str]]) -> list[str]:
    return list(dict.fromkeys(name for names in lists for name in names))


def _label(node: Model[Any, Any]) -> str:
    dims = _dims(node)
    return f"{short_name(node)}\n{dims}" if dims else short_name(node)


def _mermaid_text(text: str) -> str:
    """Everything that Mermaid could read as more than a letter, by its number."""
    plain = " _-.,=?()"
    lines = (
        "".join(c if c.isalnum() or c in plain else f"#{ord(c)};" for c in line)
        for line in text.split("\n")
    )
    return "<br/>".join(lines)


def _dot_text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return "".join(c if c.isprintable() else "\\n" if c == "\n" else " " for c in escaped)


def _rows(
    root: Model[Any, Any],
    flops: FlopsOf | None = None,
    fused: Mapping[Model[Any, Any], str] = {},
) -> Iterator[tuple[int, dict[str, str]]]:
    """(depth, cells by column) of every place in the tree, top down."""
    paths = node_paths(root)
    seen: set[Model[Any, Any]] = set()

    def visit(
        node: Model[Any, Any], depth: int, above: str | None
    ) -> Iterator[tuple[int, dict[str, str]]]:
        path = paths.get(node, "")
        row = dict.fromkeys((*COLUMNS, FLOPS, FUSED), "") | {"name": _printable(short_name(node))}
        if node in seen:
            yield depth, row | {"name": f"{row['name']} (shared: {path or 'above'})"}
            return
        seen.add(node)
        size = own_size(node)
        row["path"] = "" if path == above else path
        row["dims"], row[FUSED] = _dims(node), fused.get(node, "")
        if size is not None:
            row |= {column: size.text(column) for column in _SIZES}
        if flops is not None and (size is not None or str(flops.own[node]) != "0"):
            row[FLOPS] = str(flops.own[node])
        yield depth, row
        for layer in spliced(node) if node.role == "chain" else node.layers:
            yield from visit(layer, depth + 1, path)

    return visit(root, 0, None)


def _fused_nodes(model: Model[Any, Any]) -> Mapping[Model[Any, Any], str]:
    from .chain import fused_nodes  # chains are made of models, which know how they look

    return fused_nodes(model)


def _total(root: Model[Any, Any], flops: FlopsOf | None = None) -> dict[str, str]:
    sizes = [size for size in map(own_size, root.walk()) if size is not None]
    size = sum(sizes, Size())
    cells = {column: size.text(column) for column in _SIZES}
    cells[FLOPS] = "" if flops is None else str(flops.total)
    return dict.fromkeys((*COLUMNS, FUSED), "") | {"name": "total"} | cells


def _dims(node: Model[Any, Any]) -> str:
    sizes = {name: node.maybe_get_dim(name) for name in node.dim_names}
    shown = {name: n for name, n in sizes.items() if n is not None or is_wanted(node, name)}
    return " ".join(f"{name}={'?' if n is None else n}" for name, n in shown.items())


def _widths(rows: Sequence[dict[str, str]], columns: Sequence[str], width: int) -> dict[str, int]:
    """Widths of the columns; text columns give way, the widest first, until a line fits."""
    widths = {c: max((len(row[c]) for row in rows), default=0) for c in columns}
    room = width - 2 * (len(columns) - 1)
    while sum(widths.values()) > room:
        widest = max((c for c in columns if c not in _NUMBERS), key=lambda c: widths[c], default="")
        if not widest or widths[widest] <= _NARROWEST:
            break
        widths[widest] -= 1
    return widths


def _cell(row: dict[str, str], column: str, width: int) -> str:
    text = row[column]
    if column in _NUMBERS:
        return text.rjust(width)
    if len(text) > width:
        indent = min(len(text) - len(text.lstrip()), width // 2)
        kept = text.strip()[: width - indent - 3]
        text = " " * indent + kept + "..."
    return text.ljust(width)


def _html_row(depth: int, row: dict[str, str]) -> str:
    from html import escape

    cells = [escape(row[column]) for column in COLUMNS]
    styles = dict.fromkeys(COLUMNS, "") | dict.fromkeys(_SIZES, "text-align: right")
    styles["name"] = f"text-align: left; padding-left: {depth}em"
    pairs = zip(styles.values(), cells, strict=True)
    return "<tr>" + "".join(f'<td style="{style}">{cell}</td>' for style, cell in pairs) + "</tr>"


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)
