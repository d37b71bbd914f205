"""``python -m benchmarks [name ...]``: measure, print, and keep the figures as JSON."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from . import contest, harness, tables
from .contest import Options

RESULTS = Path(__file__).parent / "results"
#: Run by ``contest``: modules with a WORKLOAD.
WORKLOADS = ("mlp", "tiny", "tok2vec", "bilstm", "bags", "adam", "files", "layer_overhead", "guard")
#: Run in ways of their own: ``run(options)``.
STUDIES = ("scaling", "memory", "contended")
#: As many rounds as were asked for, and nothing else: ``run(rounds)``.
PLAIN = ("import_time", "torch_wrapper")
NAMES = (*WORKLOADS, *STUDIES, *PLAIN)


def main(arguments: list[str] | None = None) -> int:
    parser = _parser()
    given = parser.parse_args(arguments)
    names: list[str] = given.names or list(NAMES)
    if unknown := [name for name in names if name not in NAMES]:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(NAMES)}")
    if given.show:
        print(tables.bars_table(saved(given.json, names)))
        return 0
    options = Options(
        rounds=given.rounds or (3 if given.quick else 20),
        quick=given.quick,
        libraries=tuple(given.libraries.split(",")) if given.libraries else Options.libraries,
        pythons=dict(pair.split("=", 1) for pair in given.python),
        note=given.note,
    )
    results: list[dict[str, Any]] = []
    for name in names:
        results.append(benchmark(name)(options))
        write(given.json / f"{name}.json", results[-1])
    if any("rows" in result for result in results):
        print("\n" + tables.bars_table(results))
    if given.plot:
        from .plot import draw

        draw(results, given.json)
    return 1 if any(result.get("disagree") for result in results) else 0


def benchmark(name: str) -> Callable[[Options], dict[str, Any]]:
    """What runs a benchmark, by its name."""
    module = import_module(f".{name}", __package__)
    if name in WORKLOADS:
        return lambda options: contest.run(module.WORKLOAD, options)
    if name in STUDIES:
        study: Callable[[Options], dict[str, Any]] = module.run
        return study

    def plain(options: Options) -> dict[str, Any]:
        result: dict[str, Any] = {**module.run(options.rounds), "note": options.note}
        print(harness.table(result), flush=True)
        return result

    return plain


def saved(folder: Path, names: list[str]) -> list[dict[str, Any]]:
    """What earlier runs left in a folder, of these benchmarks."""
    paths = [folder / f"{name}.json" for name in names]
    return [json.loads(path.read_text("utf-8")) for path in paths if path.exists()]


def write(path: Path, content: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    print(f"written: {path}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(NAMES))
    parser.add_argument("--rounds", type=int, help="turns of each contestant (20; quick: 3)")
    parser.add_argument("--quick", action="store_true", help="one thread, fewer cases, short turns")
    parser.add_argument("--libraries", help=f"of {','.join(Options.libraries)}; all by default")
    parser.add_argument(
        "--python",
        action="append",
        default=[],
        metavar="LIBRARY=PATH",
        help="the interpreter of a library that is installed elsewhere",
    )
    parser.add_argument("--json", type=Path, default=RESULTS, metavar="DIR", help=f"({RESULTS})")
    parser.add_argument("--show", action="store_true", help="only print the bars of saved runs")
    parser.add_argument("--plot", action="store_true", help="draw the ratios, as SVG beside JSON")
    parser.add_argument("--note", default="", help="about the machine; kept with the figures")
    return parser


if __name__ == "__main__":
    sys.exit(main())
