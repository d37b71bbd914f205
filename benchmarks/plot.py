"""The ratios as a picture: an SVG for each benchmark, written without a plotting library."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from math import log2
from pathlib import Path
from typing import Any

LINE, LEFT, WIDTH = 18, 260, 520
LOWEST, HIGHEST = 0.25, 32.0
COLOURS = {"thinc": "#3b6ea5", "torch": "#d1663c", "jax.jit": "#5a8f4e"}


def draw(results: Iterable[Mapping[str, Any]], folder: Path) -> None:
    """``NAME.svg`` for each result that has rows with ratios."""
    for result in results:
        if any(row["ratios"] for row in result.get("rows", ())):
            path = folder / f"{result['benchmark']}.svg"
            path.write_text(picture(result), "utf-8")
            print(f"written: {path}")


def picture(result: Mapping[str, Any]) -> str:
    """Bars of how many times longer each took than combinet; a tick where the bar to reach is."""
    y, parts = 2 * LINE, list[str]()
    for row in result["rows"]:
        title = f"{row['case']}, {row['threads']} thread{'s' * (row['threads'] > 1)}"
        parts.append(_text(8, y, title, bold=True))
        for name, ratio in row["ratios"].items():
            y += LINE
            parts += _bar(y, name, ratio, row["bars"].get(name))
        y += 2 * LINE
    head = f"{result['benchmark']}: time, combinet = 1 (to the right: combinet is faster)"
    one = f'<path d="M{_x(1)} {LINE} V{y}" stroke="#444"/>'
    size = f'width="{LEFT + WIDTH + 80}" height="{y}"'
    style = 'font-family="sans-serif" font-size="12"'
    body = "\n".join([_text(8, LINE - 4, head, bold=True), one, *parts])
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>\n{body}\n</svg>\n'


def _bar(y: int, name: str, ratio: float, bar: float | None) -> list[str]:
    start, end = sorted((_x(1), _x(ratio)))
    colour = COLOURS.get(name.split(",")[0].removesuffix(".compile"), "#888")
    rect = f'<rect x="{start}" y="{y - 11}" width="{end - start}" height="13" fill="{colour}"/>'
    parts = [_text(24, y, name), rect, _text(end + 6, y, f"{ratio:.2f}x")]
    if bar is not None:
        parts.append(f'<path d="M{_x(bar)} {y - 13} v17" stroke="#000" stroke-width="2"/>')
    return parts


def _x(ratio: float) -> int:
    """On a logarithmic scale."""
    inside = min(max(ratio, LOWEST), HIGHEST)
    return LEFT + round(WIDTH * log2(inside / LOWEST) / log2(HIGHEST / LOWEST))


def _text(x: int, y: int, text: str, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x}" y="{y}"{weight}>{escape(text)}</text>'
