"""Nothing in the package turns bytes or text into code: it reads the source of all of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "combinet"
FILES = sorted(str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py"))

#: Modules that make objects, and so calls, of bytes.
MODULES = {
    *("_pickle", "cloudpickle", "dill", "joblib", "jsonpickle", "marshal", "pickle", "shelve"),
    *("runpy", "code", "codeop", "imp"),
}
#: What is called to run text, by name.
RUNS = {"eval", "exec", "compile", "__import__", "execfile"}
#: ``torch.load`` and its like, and NumPy's, by what they are called on.
LOADS = {"torch", "np", "numpy", "joblib", "hub", "jit"}

ALLOWED = {
    # The law that a model survives it, as programs with processes need. No file holds one.
    "testing/laws.py": {"pickle"},
    # Annotations of registered functions, which are code already.
    "config/annotations.py": {"eval"},
    # Our own modules, from tables in the source.
    "__init__.py": {"import_module"},
    "registry/table.py": {"import_module"},
    # The argument of --code, by which a user says what to import.
    "cli/_code.py": {"import_module", "exec_module"},
    # CuPy and torch, by their names in the source.
    "ops/_gpu.py": {"import_module"},
}


def found(tree: ast.AST) -> Iterator[str]:
    """Every way from data to code in a module."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            of = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names = of or [alias.name for alias in node.names]
            yield from (n.partition(".")[0] for n in names if n.partition(".")[0] in MODULES)
        elif isinstance(node, ast.Call):
            yield from _called(node)


def _called(node: ast.Call) -> Iterator[str]:
    function = node.func
    name = function.id if isinstance(function, ast.Name) else ""
    if isinstance(function, ast.Attribute):
        name = function.attr
        if name in ("load", "load_state_dict_from_url") and _root(function.value) & LOADS:
            yield f"{'.'.join(sorted(_root(function.value)))}.{name}"
        if name in ("compile", "eval") and _root(function.value).isdisjoint({"builtins"}):
            return  # methods: torch's and Keras's take modules, eval() takes nothing
    if name in RUNS:
        yield name
    arguments = {keyword.arg for keyword in node.keywords}
    if "allow_pickle" in arguments:
        yield "allow_pickle"
    constant = bool(node.args) and isinstance(node.args[0], ast.Constant)
    if name in ("import_module", "find_spec", "exec_module") and not constant:
        yield name


def _root(value: ast.expr) -> set[str]:
    """The names in ``a.b.c`` and in ``import_torch().c``."""
    names = {n.id for n in ast.walk(value) if isinstance(n, ast.Name)}
    names |= {n.attr for n in ast.walk(value) if isinstance(n, ast.Attribute)}
    return {name.removeprefix("import_") for name in names}


@pytest.mark.parametrize("file", FILES)
def test_no_module_turns_data_into_code(file: str) -> None:
    ways = set(found(ast.parse((PACKAGE / file).read_text("utf-8"))))
    assert ways <= ALLOWED.get(file, set())


@pytest.mark.parametrize("file", ALLOWED)
def test_what_is_allowed_is_there(file: str) -> None:
    assert set(found(ast.parse((PACKAGE / file).read_text("utf-8")))) == ALLOWED[file]


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "import pickle as p",
        "from pickle import loads",
        "def f():\n    from dill import load",
        "import marshal, json",
        "torch.load(path)",
        "import_torch().load(path)",
        "import_torch().jit.load(path)",
        "np.load(path, allow_pickle=True)",
        "read(path, allow_pickle=flag)",
        "eval(text)",
        "builtins.exec(text)",
        "compile(text, '', 'exec')",
        "__import__(name)",
        "importlib.import_module(name)",
        "import shelve",
    ],
)
def test_the_look_through_the_source_sees(source: str) -> None:
    assert list(found(ast.parse(source)))


@pytest.mark.parametrize("source", ["json.loads(text)", "re.compile(text)", "model.load(path)"])
def test_it_leaves_what_is_harmless(source: str) -> None:
    assert not list(found(ast.parse(source)))
