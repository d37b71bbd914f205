# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportPrivateUsage=false
"""The page of all layers and combinators: docstring, picture and example of each.

Pictures and examples are made from the cases that the laws run on, so a layer that is
registered and tested is on the page. An example in a docstring stands in place of one made.
"""

from __future__ import annotations

import ast
import inspect
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import combinet
from combinet.registry import registry
from combinet.testing import Case, NoCase, cases_of
from combinet.testing.cases import TARGET_WIDTH
from combinet.types import Padded, Ragged
from scripts.layer_pictures import picture

ROOT = Path(__file__).resolve().parents[1]
INTRODUCTION = """# Layers and combinators

Everything that is registered as a layer, so that `@layers = "Linear.v1"` in a `.cfg` file names it
too.

The pictures show what each does to a small batch in training: its input on the left, its output on
the right. A cell is a number, <span style="color:#2f6fdd">blue</span> above zero,
<span style="color:#e07b1f">orange</span> below, the darker the larger, and empty at zero; grey
cells are padding. Weights are random.

The examples go on from these lines:

```python
import numpy as np
from combinet import *

random = np.random.default_rng(0)


def floats(*shape):
    return random.normal(size=shape).astype("float32")
```
"""


class Entry(NamedTuple):
    """A registered constructor, the names it is registered under, and the case that shows it."""

    constructor: Any
    names: list[str]
    case: Case | None

    @property
    def title(self) -> str:
        return str(self.constructor.__name__)

    @property
    def address(self) -> str:
        """The dotted name that the docstring is found by."""
        if self.title in combinet.__all__:
            return f"combinet.{self.title}"
        return f"{self.constructor.__module__}.{self.constructor.__qualname__}"


def entries() -> list[Entry]:
    """Every layer and combinator registered, combinators last, by name."""
    for path in sorted(ROOT.glob("tests/laws/cases*.py")):
        import_module(f"tests.laws.{path.stem}")
    found: dict[Any, list[str]] = {}
    for name in registry.layers.names():
        constructor = registry.layers.get(name)
        package, _, part = constructor.__module__.partition(".")
        if package == "combinet" and not part.startswith(("text", "bridges")):
            found.setdefault(constructor, []).append(name)
    made = [Entry(make, names, _telling(names[0])) for make, names in found.items()]
    return sorted(made, key=lambda entry: (entry.title[0].islower(), entry.title.lower()))


def page() -> str:
    """The text of the page."""
    return "\n\n".join([INTRODUCTION, *(section(entry) for entry in entries())]) + "\n"


def section(entry: Entry) -> str:
    """What stands on the page of one layer."""
    registered = ", ".join(f"`{name}`" for name in entry.names)
    parts = [f"::: {entry.address}", f"Registered as {registered}."]
    if entry.case is not None:
        parts.append(figure(entry, entry.case))
        code = example(entry, entry.case)
        parts += [f"```python\n{code}\n```"] if code else []
    return "\n\n".join(parts)


def figure(entry: Entry, case: Case) -> str:
    """The picture of its case."""
    X = case.batch(4)
    model = case.model()
    rng = np.random.default_rng(0)
    for parameter in model.parameters():
        weights: Any = parameter.weights
        weights += 0.5 * rng.standard_normal(weights.shape).astype(weights.dtype)
    return f"<figure>{picture(X, entry.title, model(X, True)[0])}</figure>"


def example(entry: Entry, case: Case) -> str:
    """Code that builds the case and runs it; empty where a docstring has an example."""
    if ">>> " in (entry.constructor.__doc__ or ""):
        return ""
    X, model, Y = case.batch(4), case.build(), case.model()
    wanted = ""
    if case.target is not None:
        wanted = f", {literal(case.target(np.random.default_rng(0), 4))}"
    elif model.check(X=X).open:
        wanted = f", floats(4, {TARGET_WIDTH})"
    lines = [
        f"X = {literal(X)}",
        source_of(entry, case),
        f"model.initialize(X{wanted}, seed=0)",
        "Y = model.predict(X)",
        *_checks("Y", Y.predict(X)),
    ]
    return "\n".join(_imports(lines[1]) + lines)


def source_of(entry: Entry, case: Case) -> str:
    """The code that builds the case and calls it ``model``.

    Raises:
        ValueError: It names what only the tests know.
    """
    if registry.layers.get(entry.names[0]) is case.build:
        return f"model = {entry.title}()"
    *before, last = _body(case.build)
    inlined = _Inlined(case.build)
    lines = [ast.unparse(inlined.visit(statement)) for statement in before]
    return "\n".join([*lines, f"model = {ast.unparse(inlined.visit(last.value))}"])


def _body(function: Any) -> list[Any]:
    """The statements of a function, without its docstring; a lambda has one, what it returns."""
    code = function.__code__
    tree = ast.parse(Path(code.co_filename).read_text("utf-8"))
    if code.co_name == "<lambda>":  # told from others in its line by the columns of its code
        places = [place for place in code.co_positions() if place[3]]
        lambdas = [node for node in ast.walk(tree) if isinstance(node, ast.Lambda)]
        bodies = [n.body for n in lambdas if all(_holds(n.body, place) for place in places)]
        return [ast.Return(bodies[0])]
    named = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == code.co_name]
    statements = next(n.body for n in named if n.lineno == code.co_firstlineno)
    if not isinstance(statements[-1], ast.Return):
        raise ValueError(f"{code.co_name} does more than return: the docstring needs an Example:")
    return statements[1:] if ast.get_docstring(named[0]) else statements


def _holds(node: ast.expr, place: Any) -> bool:
    line, end_line, column, end_column = place
    end = (node.end_lineno or 0, node.end_col_offset or 0)
    return (node.lineno, node.col_offset) <= (line, column) and (end_line, end_column) <= end


class _Inlined(ast.NodeTransformer):
    """Puts values in place of the names that only the tests know."""

    def __init__(self, function: Any) -> None:
        found = inspect.getclosurevars(function)
        self.known: dict[str, Any] = {**found.globals, **found.nonlocals}
        for parameter in inspect.signature(function).parameters.values():
            if parameter.kind is parameter.VAR_KEYWORD:
                self.known[parameter.name] = {}
            elif parameter.default is not parameter.empty:
                self.known[parameter.name] = parameter.default

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id not in self.known or node.id == "registry":
            return node
        value = self.known[node.id]
        if not callable(value):
            return ast.parse(literal(value), mode="eval").body
        if not value.__module__.startswith("combinet."):
            raise ValueError(f"only the tests know {node.id}: the docstring needs an Example:")
        return ast.Name(value.__name__)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        helper = self.known.get(node.func.id) if isinstance(node.func, ast.Name) else None
        if inspect.isfunction(helper) and not (node.args or node.keywords):
            body = _body(helper) if helper.__module__.startswith("tests.") else []
            if len(body) == 1:
                inner: ast.AST = _Inlined(helper).visit(body[0].value)
                return inner
        self.generic_visit(node)
        node.keywords = [k for k in node.keywords if k.arg or not _is_empty(k.value)]
        text = ast.unparse(node)
        if text.startswith("registry.layers.get('") and text.count("(") == 1:
            return ast.Name(registry.layers.get(ast.literal_eval(node.args[0])).__name__)
        return node


def _is_empty(node: ast.expr) -> bool:
    return isinstance(node, ast.Dict) and not node.keys


def literal(value: Any) -> str:
    """An expression for a value like this one: numbers are drawn anew, shapes are kept."""
    if isinstance(value, Ragged):
        lengths = np.asarray(value.lengths).tolist()
        return f"Ragged({literal(value.dataXd)}, np.array({lengths}))"
    if isinstance(value, Padded):
        lengths = np.asarray(value.lengths)[np.argsort(np.asarray(value.indices))].tolist()
        return f"list2padded().predict([floats(n, {value.data.shape[-1]}) for n in {lengths}])"
    if isinstance(value, list) and value and all(_is_floats(item) for item in value):
        width = "".join(f", {n}" for n in value[0].shape[1:])
        return f"[floats(n{width}) for n in {[len(item) for item in value]}]"
    if isinstance(value, (list, tuple)) and not _is_plain(value):
        inner = ", ".join(literal(item) for item in value)
        return f"[{inner}]" if isinstance(value, list) else f"({inner})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k!r}: {literal(v)}" for k, v in value.items()) + "}"
    return _array_literal(value) if hasattr(value, "shape") else repr(value)


def _array_literal(array: Any) -> str:
    if _is_floats(array):
        return f"floats({', '.join(map(str, array.shape))})"
    if array.size and array.max() > 10**6:  # keys, such as hashes
        return f'random.integers(2**63, size={array.shape}, dtype="{array.dtype}")'
    return f'np.array({array.tolist()}, dtype="{array.dtype}")'


def _is_plain(value: Any) -> bool:
    """Whether ``repr`` gives an expression for it."""
    if isinstance(value, (list, tuple)):
        return all(_is_plain(item) for item in value)
    return isinstance(value, (str, bytes, int, float, type(None)))


def _is_floats(value: Any) -> bool:
    return hasattr(value, "shape") and value.dtype.kind == "f"


def _imports(line: str) -> list[str]:
    """Lines that import what is registered and not public."""
    names = {node.id for node in ast.walk(ast.parse(line)) if isinstance(node, ast.Name)}
    constructors = {entry.title: entry.constructor for entry in entries()}
    wanted = sorted((names & constructors.keys()) - set(combinet.__all__))
    return [f"from {constructors[name].__module__} import {name}" for name in wanted]


def _checks(name: str, value: Any) -> list[str]:
    """Asserts that show what came out."""
    if isinstance(value, (Ragged, Padded)):
        kind, shape = type(value).__name__, tuple(value.data.shape)
        return [f"assert isinstance({name}, {kind}) and {name}.data.shape == {shape}"]
    if isinstance(value, (list, tuple)) and value and all(hasattr(v, "shape") for v in value):
        shapes = [tuple(item.shape) for item in value]
        return [f"assert [y.shape for y in {name}] == {shapes}"]
    form: Any = getattr(value, "shape", None)
    return [] if form is None else [f"assert {name}.shape == {tuple(form)}"]


def _telling(name: str) -> Case | None:
    """The case to show: over sequences where a layer serves several containers."""
    try:
        cases = cases_of(name)
    except NoCase:  # the laws fail for it; the page shows what there is
        return None
    lists = [case for case in cases if case.variant == "list" and name.startswith("with_")]
    return (lists or cases)[0]
