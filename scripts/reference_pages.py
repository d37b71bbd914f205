# pyright: reportMissingImports=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""A hook of mkdocs: the reference pages, made from the docstrings of the public API.

A page holds the names that ``combinet/__init__.py`` takes from one part of the library, so a name
is documented by being public. The public modules get a page each. ``layers_page.py`` adds a
picture and an example to each layer and combinator.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parents[1] / "combinet"
PUBLIC_MODULES = ("types", "testing", "training", "text")
#: Names of other modules that the pages tell to import from there.
ELSEWHERE = {
    "model": "combinet.infer.meet combinet.infer.rows combinet.infer.same",
    "configuration": "combinet.describe.flops_rule",
    "rng": "combinet.rng.derive_key combinet.rng.shuffle_generator",
    "training": "combinet.training.run.load_task",
}
LAYERS = "layers"
# Modules that share a page; any other has its own, under its own name.
SHARED = {
    module: page
    for page, modules in {
        "model": "edit infer node operators paths serialize shims summary walk",
        "configuration": "config registry",
        LAYERS: "chain combinators layers",
    }.items()
    for module in modules.split()
}


def pages() -> dict[str, list[str]]:
    """Map each page to the dotted names on it, in the order in which they are shown."""
    found: dict[str, list[str]] = {}
    for name, module in exported(PACKAGE / "__init__.py").items():
        if module not in PUBLIC_MODULES:
            page = SHARED.get(module, module.lstrip("_"))
            found.setdefault(page, []).append(f"combinet.{name}")
    for module in PUBLIC_MODULES:
        for source in (PACKAGE / f"{module}.py", PACKAGE / module / "__init__.py"):
            if source.exists():
                names = [f"combinet.{module}.{name}" for name in exported(source)]
                found[module] = [f"combinet.{module}", *names]
    found["errors"] = [f"combinet.errors.{name}" for name in classes(PACKAGE / "errors.py")]
    for page, others in ELSEWHERE.items():
        found[page] += others.split()
    return {page: sorted(found[page], key=lambda n: _place(n, page)) for page in sorted(found)}


def _place(name: str, page: str) -> tuple[bool, str]:
    """What the page is called after comes first, the others by name."""
    last = name.rpartition(".")[2].lower()
    return last not in (page, "combineterror"), last


def exported(source: Path) -> dict[str, str]:
    """Map each name that a file re-exports to the module next to it that it is taken from."""
    return {
        alias.name: (node.module or alias.name).partition(".")[0]
        for node in ast.walk(ast.parse(source.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.level == 1
        for alias in node.names
        if alias.asname == alias.name  # `from .x import A as A` is how this library re-exports
    }


def classes(source: Path) -> list[str]:
    """The public classes that a file defines."""
    nodes = ast.walk(ast.parse(source.read_text("utf-8")))
    return [n.name for n in nodes if isinstance(n, ast.ClassDef) and n.name[0] != "_"]


def title(page: str) -> str:
    return {"rng": "Random numbers", "util": "Utilities"}.get(page, page.capitalize())


def on_config(config: Any) -> Any:
    """Put the pages into the navigation, after the reference's own first page."""
    for entry in config.nav:
        if "Reference" in entry:
            made = [{title(page): f"reference/{page}.md"} for page in pages()]
            entry["Reference"] = ["reference/index.md", "reference/config-format.md", *made]
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the pages, which exist nowhere on disk."""
    from mkdocs.structure.files import File

    for page, names in pages().items():
        start = [f"# {title(page)}"] if page != LAYERS else [layers_text(names)]
        text = "\n\n".join([*start, *(f"::: {name}" for name in names)])
        files.append(File.generated(config, f"reference/{page}.md", content=text))
    return files


def layers_text(names: list[str]) -> str:
    """The page of what is registered; takes what is on it out of ``names``."""
    sys.path.insert(0, str(PACKAGE.parent))  # mkdocs runs hooks from elsewhere
    from scripts import layers_page

    shown = {entry.address for entry in layers_page.entries()}
    names[:] = [name for name in names if name not in shown]
    return layers_page.page()
