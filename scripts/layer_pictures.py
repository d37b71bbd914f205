# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false
"""Pictures of what a layer does to a batch: the cells of its input, an arrow, those of its output.

A number is a cell: blue above zero, orange below, the darker the larger; empty at zero. Whole
numbers and words are written out.
"""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np

from combinet.types import Padded, Ragged

CELL, GAP, LINE = 11, 5, 13
#: What is drawn of an array; the rest is left out.
MOST_ROWS, MOST_COLUMNS = 18, 24
SHADES = 4
COLOURS = {1: "#2f6fdd", -1: "#e07b1f"}
#: Width of a character of the two sizes of text.
SMALL, NORMAL = 6.1, 6.7


class Drawing:
    """Shapes at places, and how far they reach."""

    def __init__(self) -> None:
        self.width, self.height = 0.0, 0.0
        self.paths: dict[str, list[str]] = {}
        self.texts: list[str] = []

    def box(
        self, style: str, x: float, y: float, width: float = CELL, height: float = CELL
    ) -> None:
        """A rectangle; those of one style become one path."""
        inner = f"M{x + 0.5:g} {y + 0.5:g}h{width - 1:g}v{height - 1:g}h{1 - width:g}z"
        self.paths.setdefault(style, []).append(inner)
        self._reach(x + width, y + height)

    def text(
        self, x: float, y: float, text: str, *, size: float = SMALL, middle: bool = False
    ) -> None:
        """Text whose upper left corner, or upper middle, is at the place."""
        anchor = ' text-anchor="middle"' if middle else ""
        self.texts.append(f'<text x="{x:g}" y="{y + 9:g}"{anchor}>{escape(text)}</text>')
        width = len(text) * size
        self._reach(x + (width / 2 if middle else width), y + LINE)

    def put(self, other: Drawing, x: float, y: float) -> None:
        """Another drawing, moved."""
        inner = other.markup()
        if inner:
            self.texts.append(f'<g transform="translate({x:g} {y:g})">{inner}</g>')
        self._reach(x + other.width, y + other.height)

    def markup(self) -> str:
        """The shapes as SVG."""
        paths = [f'<path d="{"".join(d)}" {style}/>' for style, d in self.paths.items()]
        return "".join(paths + self.texts)

    def _reach(self, x: float, y: float) -> None:
        self.width, self.height = max(self.width, x), max(self.height, y)


def picture(X: Any, name: str, Y: Any) -> str:
    """An SVG of a layer of this name that makes ``Y`` of ``X``."""
    before, after, whole = draw(X), draw(Y), Drawing()
    height = max(before.height, after.height, CELL)
    left = max(before.width, len(describe(X)) * SMALL)
    right = max(after.width, len(describe(Y)) * SMALL)
    arrow = max(len(name) * NORMAL, 40) + 12
    whole.put(before, (left - before.width) / 2, (height - before.height) / 2)
    whole.text(left / 2, height + 4, describe(X), middle=True)
    start, middle = left + 14, height / 2
    whole.text(start + arrow / 2, middle - LINE - 3, name, size=NORMAL, middle=True)
    end = start + arrow
    line = f"M{start:g} {middle:g}H{end:g}m-5 -4l5 4l-5 4"
    whole.paths['fill="none" stroke="currentColor"'] = [line]
    whole.put(after, end + 14 + (right - after.width) / 2, (height - after.height) / 2)
    whole.text(end + 14 + right / 2, height + 4, describe(Y), middle=True)
    width, height = end + 14 + right + 4, whole.height + 2
    label = escape(f"{name}: {describe(X)} to {describe(Y)}", quote=True)
    return (
        f'<svg role="img" aria-label="{label}" viewBox="-2 -{LINE} {width:g} {height + LINE:g}" '
        f'width="{width:g}" style="max-width:100%" font-family="monospace" font-size="10" '
        f'fill="currentColor">{whole.markup()}</svg>'
    )


def describe(value: Any) -> str:
    """What it is, in a few words: ``(4, 5)``, ``list: 4, 2, 0 rows``."""
    if isinstance(value, Ragged):
        return f"Ragged {tuple(value.dataXd.shape)}, lengths {_listed(value.lengths)}"
    if isinstance(value, Padded):
        return f"Padded {tuple(value.data.shape)}, lengths {_listed(value.lengths)}"
    if isinstance(value, tuple):
        return f"({', '.join(describe(item) for item in value)})"
    if isinstance(value, dict):
        return f"dict of {', '.join(value)}"
    if isinstance(value, list):
        if value and all(hasattr(item, "shape") for item in value):
            return f"list: {', '.join(describe(item) for item in value)}"
        return f"list of {len(value)}"
    if hasattr(value, "shape"):
        return str(tuple(value.shape))
    return type(value).__name__


def draw(value: Any) -> Drawing:
    """The cells of a value."""
    if isinstance(value, Ragged):
        data, ends = np.asarray(value.dataXd), np.cumsum(np.asarray(value.lengths))
        parts = [data[end - n : end] for n, end in zip(value.lengths, ends, strict=True)]
        return _stacked([_array(part, _largest(data)) for part in parts], gap=2)
    if isinstance(value, Padded):
        return _padded(value)
    if isinstance(value, dict):
        return _beside([_titled(str(name), draw(item)) for name, item in value.items()])
    if isinstance(value, tuple):
        return _beside([draw(item) for item in value])
    if isinstance(value, list):
        if not value:
            return _array(np.zeros((0, 3)), 1.0)
        if _is_words(value):
            return _stacked([_words([word]) for word in value], gap=2)
        if all(hasattr(item, "shape") for item in value):
            largest = max((_largest(item) for item in value), default=1.0)
            return _stacked([_array(np.asarray(item), largest) for item in value], gap=GAP)
        return _stacked([_words(i) if _is_words(i) else draw(i) for i in value], gap=GAP)
    if hasattr(value, "shape"):
        return _array(np.asarray(value), _largest(value))
    return _words([str(value)])


def _largest(data: Any) -> float:
    """The number that is drawn darkest."""
    is_float = data.dtype.kind == "f"
    return (float(np.abs(np.asarray(data)).max(initial=0)) if is_float else 0.0) or 1.0


def _array(data: Any, largest: float) -> Drawing:
    if data.ndim == 0:
        return _words([str(data)])
    if data.ndim > 2:
        blocks = data.reshape((-1, *data.shape[-2:]))
        return _stacked([_array(block, largest) for block in blocks[:6]], gap=GAP)
    rows = data[:, None] if data.ndim == 1 else data
    shown = rows[:MOST_ROWS, :MOST_COLUMNS]
    drawing = Drawing()
    if not shown.size:
        drawing.box(_OUTLINE, 0, 0, max(1, shown.shape[1]) * CELL, 4)
    elif shown.dtype.kind == "f":
        for (row, column), number in np.ndenumerate(shown):
            drawing.box(_shade(float(number) / largest), column * CELL, row * CELL)
    else:
        _numbers(drawing, shown)
    if shown.shape[0] < rows.shape[0]:
        drawing.text(0, drawing.height, f"... {rows.shape[0]} rows")
    return drawing


def _shade(share: float) -> str:
    level = int(np.ceil(abs(share) * SHADES - 1e-9))
    if not level:
        return _OUTLINE
    return f'fill="{COLOURS[1 if share > 0 else -1]}" fill-opacity="{level / SHADES:g}"'


def _numbers(drawing: Drawing, shown: Any) -> None:
    texts = [[str(number) for number in row] for row in shown.tolist()]
    short = [[text if len(text) < 5 else f"..{text[-3:]}" for text in row] for row in texts]
    width = max(len(text) for row in short for text in row) * SMALL + 6
    for i, row in enumerate(short):
        for j, text in enumerate(row):
            drawing.box(_OUTLINE, j * width, i * LINE, width, LINE)
            drawing.text(j * width + width / 2, i * LINE + 1, text, middle=True)


def _padded(padded: Padded) -> Drawing:
    """Steps downward, sequences side by side; places behind a sequence's end are crossed out."""
    data, lengths = np.asarray(padded.data), np.asarray(padded.lengths)
    drawing, x, largest = Drawing(), 0.0, _largest(data)
    for column in range(data.shape[1]):
        for step in range(data.shape[0]):
            for i, number in enumerate(data[step, column, :MOST_COLUMNS].ravel()):
                inside = step < lengths[column]
                style = _shade(float(number) / largest) if inside else _PADDING
                drawing.box(style, x + i * CELL, step * CELL)
        x = drawing.width + GAP
    return drawing


def _words(words: list[str]) -> Drawing:
    drawing, x = Drawing(), 0.0
    for word in words:
        text = word if len(word) < 18 else f"{word[:15]}..."
        width = len(text) * SMALL + 6
        drawing.box(_OUTLINE, x, 0, width, LINE + 1)
        drawing.text(x + 3, 1, text)
        x += width
    return drawing


def _is_words(value: Any) -> bool:
    is_list = isinstance(value, list) and len(value) > 0
    return is_list and all(isinstance(item, str) for item in value)


def _titled(title: str, drawing: Drawing) -> Drawing:
    whole = Drawing()
    whole.text(0, 0, title)
    whole.put(drawing, 0, LINE + 2)
    return whole


def _stacked(parts: list[Drawing], *, gap: float) -> Drawing:
    whole, y = Drawing(), 0.0
    for part in parts:
        whole.put(part, 0, y)
        y = whole.height + gap
    return whole


def _beside(parts: list[Drawing]) -> Drawing:
    whole, x = Drawing(), 0.0
    for part in parts:
        whole.put(part, x, 0)
        x = whole.width + 3 * GAP
    return whole


def _listed(numbers: Any) -> str:
    return " ".join(str(int(n)) for n in numbers)


_OUTLINE = 'fill="none" stroke="currentColor" stroke-opacity=".4"'
_PADDING = 'fill="currentColor" fill-opacity=".08"'
