"""The figures as text: costs, ratios, and whether the bars are held."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

ROOF = "roof"


def table(row: Mapping[str, Any], unit: str = "ms") -> str:
    """The costs of one row, a line a contestant."""
    threads = f"{row['threads']} thread{'s' * (row['threads'] > 1)}"
    title = f"{row['case']} ({threads}, {row['clock']} time)"
    lines = [f"{title:<48}{'min':>10}{'median':>10}{'IQR':>10}  {unit:<6}ratio"]
    for name, one in row["results"].items():
        figures = f"{one['minimum']:>10.4g}{one['median']:>10.4g}{one['iqr']:>10.2g}"
        lines.append(f"  {name:<46}{figures}  {verdict(row, name)}".rstrip())
    if ROOF in row:
        lines.append(f"  {ROOF:<46}{'':>10}{row[ROOF]:>10.4g}{'':>10}  {verdict(row, ROOF)}")
    return "\n".join(lines)


def verdict(row: Mapping[str, Any], name: str) -> str:
    """Ratio and bar of one contestant, in words."""
    ratio, bar = row["ratios"].get(name), row["bars"].get(name)
    if ratio is None:
        return ""
    if bar is None:
        return f"{ratio:>7.2f}x"
    limit = "<=" if name == ROOF else ">="
    missed = missing(row, name)
    words = f"MISSED by a factor of {missed:.2f}" if missed > 1 else "held"
    return f"{ratio:>7.2f}x  bar {limit} {bar}x: {words}"


def missing(row: Mapping[str, Any], name: str) -> float:
    """How many times faster combinet has to become to hold a bar; at most 1 where it is held."""
    ratio, bar = row["ratios"][name], row["bars"][name]
    return float(ratio / bar if name == ROOF else bar / ratio)


def bars_table(results: Iterable[Mapping[str, Any]]) -> str:
    """Every bar of some benchmarks in one line each: held or missed."""
    lines = [f"{'benchmark':<52}{'against':<26}{'ratio':>8}{'bar':>8}"]
    held = total = 0
    for result in results:
        for row in result.get("rows", ()):
            title = f"{result['benchmark']}: {row['case']}, {row['threads']} thr."
            for name, bar in row["bars"].items():
                if name not in row["ratios"]:
                    lines.append(f"{title:<52}{name:<26}{'no figure':>16}")
                    continue
                missed = missing(row, name)
                words = f"MISSED by {missed:.2f}x" if missed > 1 else "held"
                figures = f"{row['ratios'][name]:>7.2f}x{bar:>7.4g}x"
                lines.append(f"{title:<52}{name:<26}{figures}  {words}")
                held, total = held + (missed <= 1), total + 1
    lines.append(f"{held} of {total} bars held")
    return "\n".join(lines)
