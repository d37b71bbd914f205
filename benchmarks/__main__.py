"""``python -m benchmarks [name ...]``: measure, print, and keep the figures as JSON."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import import_time
from .harness import table

RESULTS = Path(__file__).parent / "results"
BENCHMARKS: dict[str, Callable[[int], dict[str, Any]]] = {
    "import_time": import_time.run,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHMARKS))
    parser.add_argument("--rounds", type=int, default=20, help="how often each runs (default: 20)")
    parser.add_argument(
        "--json", type=Path, help="one file for all; by default results/NAME.json beside this file"
    )
    options = parser.parse_args()
    names: list[str] = options.names or list(BENCHMARKS)
    if unknown := [name for name in names if name not in BENCHMARKS]:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    results: dict[str, dict[str, Any]] = {}
    for name in names:
        results[name] = BENCHMARKS[name](options.rounds)
        print(table(results[name]), flush=True)
    if options.json:
        write(options.json, results)
    else:
        for name, result in results.items():
            write(RESULTS / f"{name}.json", result)


def write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    print(f"written: {path}")


if __name__ == "__main__":
    main()
