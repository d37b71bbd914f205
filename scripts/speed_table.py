"""The measured figures as Markdown tables: ``python scripts/speed_table.py [table ...]``.

They are read from benchmarks/results, which ``python -m benchmarks`` writes. With ``--write`` each
goes into every page that holds it, between ``<!-- speed: NAME -->`` and ``<!-- /speed -->``.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from textwrap import fill
from typing import Any, TypeAlias

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
PAGES = ("README.md", "docs/explanation/how-a-step-runs.md")
PLACE = re.compile(r"(<!-- speed: (?P<name>[\w-]+) -->\n).*?(<!-- /speed -->)", re.DOTALL)

TITLES = {
    "mlp": "MLP 784-512-512-10",
    "tiny": "small MLP",
    "tok2vec": "Tok2Vec tagger",
    "bilstm": "BiLSTM tagger",
    "bags": "bag of words",
    "adam": "Adam, 5M weights",
}
COLUMNS = (
    "thinc",
    "thinc, no BLIS",
    "torch",
    "torch, fused Adam",
    "torch.compile",
    "torch.compile, fused Adam",
    "jax.jit",
)
#: The rows of the short table.
SHORT = {
    "mlp": ("train, batch 32", "train, batch 128", "train, batch 1024", "predict, batch 128"),
    "tiny": ("train, 16-32-32-4",),
    "tok2vec": ("train, 64 docs", "predict, 64 docs"),
    "bilstm": ("train, depth 1",),
    "bags": ("train, sparse linear", "train, mean pool"),
    "adam": ("step, plain, 200 x 25,000",),
}
#: Its columns: the fastest of a library's ways.
LIBRARIES = {"Thinc": "thinc", "torch": "torch", "JAX": "jax"}

Result: TypeAlias = Mapping[str, Any]
Results: TypeAlias = Mapping[str, Result]


def saved(folder: Path = RESULTS) -> dict[str, Result]:
    """What the last run of each benchmark left, by its name."""
    return {
        path.stem: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))
    }


def step_table(results: Results, threads: int) -> str:
    """Milliseconds, how many times longer each peer takes, and how far from the roof."""
    lines: list[list[str]] = []
    for name, title in TITLES.items():
        for row in _rows(results, name, threads):
            ratios = row["ratios"]
            figures = [_ratio(ratios.get(column)) for column in (*COLUMNS, "roof")]
            median = row["results"]["combinet"]["median"]
            lines.append([f"{title}: {row['case']}", f"{median:.3g}", *figures])
    return _table(["", "combinet, ms", *COLUMNS, "combinet over the roof"], lines)


def short_table(results: Results) -> str:
    """A few rows on one thread, each library by its fastest way."""
    lines: list[list[str]] = []
    for name, cases in SHORT.items():
        rows = {row["case"]: row["ratios"] for row in _rows(results, name, 1)}
        for case in cases:
            if case in rows:
                best = [_fastest(rows[case], library) for library in LIBRARIES.values()]
                lines.append([f"{TITLES[name]}: {case}", *map(_ratio, best)])
    return _table(["time, combinet = 1", *LIBRARIES], lines)


def _fastest(ratios: Mapping[str, float], library: str) -> float | None:
    return min((r for name, r in ratios.items() if name.startswith(library)), default=None)


def contended_table(results: Results) -> str:
    """How many times longer a step takes beside two processes that burn the CPU."""
    rows = [row for row in results.get("contended", {}).get("rows", ()) if "slower" in row]
    names = list(dict.fromkeys(name for row in rows for name in row["slower"]))
    lines = [[row["case"], *(_ratio(row["slower"].get(name)) for name in names)] for row in rows]
    return _table(["", *names], lines)


def memory_table(results: Results) -> str:
    """The peak of a process that trains, over what importing the library took."""
    rows = results.get("memory", {}).get("rows", ())
    names = list(dict.fromkeys(name for row in rows for name in row["results"]))
    lines = [[row["case"], *(_rounded(row["results"].get(name)) for name in names)] for row in rows]
    return _table(["MB", *names], lines)


def _rounded(one: Mapping[str, float] | None) -> str:
    return "" if one is None else f"{one['median']:.0f}"


def machine(results: Results) -> str:
    """What the tables of steps were measured on."""
    found = [results[name] for name in TITLES if name in results]
    machines = _each(
        f"{one['machine']['processor']}, {one['machine']['cores']} cores,"
        f" {one['machine']['system']}"
        for one in found
    )
    versions = _each(
        f"{package} {version}"
        for one in found
        for library in one["versions"].values()
        for package, version in library.items()
    )
    rounds = _each(str(one["rounds"]) for one in found)
    notes = _each(one["note"] for one in found if one["note"])
    text = f"Measured on {'; '.join(machines)}, in {' or '.join(rounds)} interleaved rounds: "
    return fill(" ".join([f"{text}{', '.join(versions)}.", *notes]), 100)


def _each(items: Any) -> list[str]:
    return list(dict.fromkeys(items))


def _rows(results: Results, name: str, threads: int) -> list[Mapping[str, Any]]:
    rows = results.get(name, {}).get("rows", ())
    return [row for row in rows if row["threads"] == threads and "combinet" in row["results"]]


def _ratio(ratio: float | None) -> str:
    if ratio is None:
        return ""
    return f"{ratio:.1f}" if ratio >= 10 else f"{ratio:.2f}"


def _table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, rule, *lines))


TABLES: dict[str, Callable[[Results], str]] = {
    "short": short_table,
    "one-thread": lambda results: step_table(results, 1),
    "two-threads": lambda results: step_table(results, 2),
    "contended": contended_table,
    "memory": memory_table,
    "machine": machine,
}


def filled(page: str, results: Results) -> str:
    """The text of a page with its tables made anew."""
    return PLACE.sub(lambda m: f"{m[1]}\n{TABLES[m['name']](results)}\n\n{m[3]}", page)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("tables", nargs="*", metavar="table", help=", ".join(TABLES))
    parser.add_argument("--write", action="store_true", help=f"into {', '.join(PAGES)}")
    given = parser.parse_args()
    if unknown := [name for name in given.tables if name not in TABLES]:
        parser.error(f"no table {', '.join(unknown)}; there are {', '.join(TABLES)}")
    results = saved()
    if given.write:
        for page in (ROOT / name for name in PAGES):
            page.write_text(filled(page.read_text("utf-8"), results), "utf-8")
        return
    print("\n\n".join(TABLES[name](results) for name in given.tables or TABLES))


if __name__ == "__main__":
    main()
