"""What a model looks like: as a table, as HTML and as a graph."""

# The slots of a node are private to users, not to the modules that make up Model.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, Any

from .errors import CombinetError
from .paths import node_paths, short_name, spliced

if TYPE_CHECKING:
    from .model import Model

#: No line of a summary is longer.
WIDTH = 100
COLUMNS = ("path", "name", "dims", "parameters", "bytes")
_NUMBERS = ("parameters", "bytes")
_NARROWEST = 12


class Size:
    """How many parameters, in how many bytes; ``open`` where a size among them is not known."""

    __slots__ = ("bytes", "open", "parameters")

    def __init__(self, parameters: int = 0, bytes: int = 0, *, open: bool = False) -> None:
        self.parameters, self.bytes, self.open = parameters, bytes, open

    def __add__(self, other: Size) -> Size:
        return Size(
            self.parameters + other.parameters,
            self.bytes + other.bytes,
            open=self.open or other.open,
        )

    def text(self, column: str) -> str:
        """``1,024``, ``?`` where all is open, ``1,024 + ?`` where a part is."""
        number = int(getattr(self, column))
        if not self.open:
            return f"{number:,}"
        return f"{number:,} + ?" if number else "?"


def summarize(model: Model[Any, Any], columns: Sequence[str] = COLUMNS) -> str:
    """The tree as lines of text, aligned, with a total below where there is more than one node.

    A size that is not known yet is ``?``. Chains inside chains are shown as one, as in paths;
    a node that stands in several places is counted where it stands first.

    Args:
        model: The root.
        columns: Of "path", "name", "dims", "parameters" and "bytes".
    """
    rows = [{**row, "name": "  " * depth + row["name"]} for depth, row in _rows(model)]
    if len(rows) > 1 and set(columns) & set(_NUMBERS):
        rows.append(_total(model))
    if "path" in columns:
        rows.insert(0, {column: column for column in COLUMNS})
    widths = _widths(rows, columns)
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


def _rows(root: Model[Any, Any]) -> Iterator[tuple[int, dict[str, str]]]:
    """(depth, cells by column) of every place in the tree, top down."""
    paths = node_paths(root)
    seen: set[Model[Any, Any]] = set()

    def visit(
        node: Model[Any, Any], depth: int, above: str | None
    ) -> Iterator[tuple[int, dict[str, str]]]:
        path = paths.get(node, "")
        row = dict.fromkeys(COLUMNS, "") | {"name": _printable(short_name(node))}
        if node in seen:
            yield depth, row | {"name": f"{row['name']} (shared: {path or 'above'})"}
            return
        seen.add(node)
        size = own_size(node)
        row["path"] = "" if path == above else path
        row["dims"] = _dims(node)
        if size is not None:
            row |= {column: size.text(column) for column in _NUMBERS}
        yield depth, row
        for layer in spliced(node) if node.role == "chain" else node.layers:
            yield from visit(layer, depth + 1, path)

    return visit(root, 0, None)


def _total(root: Model[Any, Any]) -> dict[str, str]:
    sizes = [size for size in map(own_size, root.walk()) if size is not None]
    size = sum(sizes, Size())
    cells = {column: size.text(column) for column in _NUMBERS}
    return dict.fromkeys(COLUMNS, "") | {"name": "total"} | cells


def own_size(node: Model[Any, Any]) -> Size | None:
    """The size of a node's own parameters, made or to be made; None where it has none."""
    if not node.param_names and not node.shims:
        return None
    size = Size()
    for name in node.param_names:
        size += _param_size(node, name)
    for shim in node.shims:
        try:
            arrays = shim.tensors().values()
        except CombinetError:
            size += Size(open=True)
        else:
            size += Size(sum(a.size for a in arrays), sum(a.nbytes for a in arrays))
    return size


def _param_size(node: Model[Any, Any], name: str) -> Size:
    array, weight = node.maybe_get_param(name), node._weights.get(name)
    if array is not None:
        return Size(array.size, array.nbytes)
    if weight is None:
        return Size(open=True)
    try:
        count = prod(weight.shape(node))
    except CombinetError:
        return Size(open=True)
    return Size(count, 4 * count)  # parameters are made as float32


def _dims(node: Model[Any, Any]) -> str:
    sizes = {name: node.maybe_get_dim(name) for name in node.dim_names}
    return " ".join(f"{name}={'?' if n is None else n}" for name, n in sizes.items())


def _widths(rows: Sequence[dict[str, str]], columns: Sequence[str]) -> dict[str, int]:
    """Widths of the columns; text columns give way, the widest first, until a line fits."""
    widths = {c: max((len(row[c]) for row in rows), default=0) for c in columns}
    room = WIDTH - 2 * (len(columns) - 1)
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
    styles = dict.fromkeys(COLUMNS, "") | dict.fromkeys(_NUMBERS, "text-align: right")
    styles["name"] = f"text-align: left; padding-left: {depth}em"
    pairs = zip(styles.values(), cells, strict=True)
    return "<tr>" + "".join(f'<td style="{style}">{cell}</td>' for style, cell in pairs) + "</tr>"


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)
