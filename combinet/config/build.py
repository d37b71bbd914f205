"""Check a config, then build it; or check it and write its defaults out."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any

from ..registry import registry
from .annotations import Unknown
from .config import Config
from .overrides import Schema, check_overrides, override
from .plan import Call
from .problems import Problem, shown
from .problems import error as problems_error
from .signatures import signature_of
from .source import Source
from .trees import at, call_of, copied, is_dict, is_list, is_mapping, is_row, is_text
from .validate import Validator
from .values import Misfit, conform

Overrides = Mapping[str, Any] | None


class Checked:
    """A config that was found valid and of which nothing is built yet.

    Args:
        plan: Its sections, with a ``Call`` for each block to build.
        source: Where things stand.
    """

    def __init__(self, plan: dict[str, Any], source: Source) -> None:
        self.plan, self.source = plan, source

    def build(self, section: str = "") -> Any:
        """Build one section, named by its dotted path, or all of them.

        Raises:
            ConfigError: A function gave something else than its caller takes. What a function
                raises itself keeps its type and gains a note that names the block.
            KeyError: There is no such section.
        """
        node: Any = self.plan
        for part in section.split(".") if section else ():
            node = (node.kwargs if isinstance(node, Call) else node)[part]
        return _built(node)


def check(
    using: type[registry],
    config: Mapping[str, Any],
    *,
    schema: Mapping[str, Callable[..., Any]] | None = None,
    overrides: Overrides = None,
    validate: bool = True,
) -> Checked:
    """Find all that is wrong with a config without calling anything.

    Args:
        using: Where functions are looked up.
        schema: For each plain section the function whose arguments it holds; arguments that
            the config leaves out are the caller's to give.
        overrides: Values by dotted key.
        validate: False skips the checks of types.

    Raises:
        ConfigError: All problems, with file, line, section, key and fix.
    """
    ready = _prepared(using, config, overrides, schema)
    validator = Validator(using, ready.source, types=validate)
    plan: dict[str, Any] = validator.plan(ready, ())
    for section, func in (schema or {}).items():
        path = tuple(section.split("."))
        block, outer = at(ready, path), at(plan, path[:-1])
        if is_dict(block) and is_dict(outer):
            outer[path[-1]] = validator.arguments(block, path, func)
    if validator.problems:
        raise problems_error(validator.problems, file=ready.source.file)
    return Checked(plan, ready.source)


def resolve(
    using: type[registry],
    config: Mapping[str, Any],
    *,
    schema: Any = None,
    overrides: Overrides = None,
    validate: bool = True,
) -> Config:
    """Build all that a config describes; see ``registry.resolve``."""
    sections = schema if is_mapping(schema) else None
    checked = check(using, config, schema=sections, overrides=overrides, validate=validate)
    built = Config(checked.build())
    built.source = checked.source
    if schema is not None and sections is None:
        built.update(_checked_by_model(built, schema, validate=validate))
    return built


def fill(
    using: type[registry],
    config: Mapping[str, Any],
    *,
    schema: Any = None,
    overrides: Overrides = None,
    validate: bool = True,
) -> Config:
    """The config with all defaults written out; see ``registry.fill``."""
    sections: Mapping[str, Any] = schema if is_mapping(schema) else dict[str, Any]()
    check(using, config, schema=sections, overrides=overrides, validate=validate)
    ready = _prepared(using, config, overrides, sections)
    for section, func in sections.items():
        if is_dict(block := at(ready, tuple(section.split(".")))):
            _fill_in(block, func)
    filled = Config({key: _filled(using, value) for key, value in ready.items()})
    filled.source = ready.source
    if schema is not None and not sections:
        filled.update(_checked_by_model(filled, schema, validate=False))
    if isinstance(config, Config) and not config.is_interpolated:
        filled = filled.merge(_overridden(using, config, overrides, sections))
    return filled


def _prepared(
    using: type[registry], config: Mapping[str, Any], overrides: Overrides, schema: Schema | None
) -> Config:
    """A copy to work on, with its overrides and its variables filled in."""
    if any(str(key).startswith("@") for key in config):
        what = "the whole config is one block that calls a function"
        raise problems_error([Problem(what, "put it into a section, such as [model]")])
    ready = _overridden(using, config, overrides, schema)
    return ready if ready.is_interpolated else ready.interpolate()


def _overridden(
    using: type[registry], config: Mapping[str, Any], overrides: Overrides, schema: Schema | None
) -> Config:
    ready = Config(config)
    ready.update({key: copied(value) for key, value in config.items()})
    if overrides:
        check_overrides(ready, overrides, using, schema)
        override(ready, overrides)
        ready.source = ready.source.marked(overrides)
    return ready


def _built(value: Any) -> Any:
    if isinstance(value, Call):
        return _made(value)
    if is_dict(value):
        return {key: _built(inner) for key, inner in value.items()}
    if is_row(value):
        items = [_built(inner) for inner in value]
        return items if isinstance(value, list) else tuple(items)
    return value


def _made(call: Call) -> Any:
    args = [_argument(call, i, value) for i, value in enumerate(call.args)]
    kwargs = {key: _argument(call, key, value) for key, value in call.kwargs.items()}
    try:
        return call.func(*args, **kwargs)
    except Exception as error:
        where = f" ({call.at})" if call.at else ""
        error.add_note(f"while building [{'.'.join(call.path)}] {call.label}{where}")
        raise


def _argument(call: Call, key: int | str, planned: Any) -> Any:
    """A built argument; what a function gave is checked before it goes on."""
    value = _built(planned)
    if not isinstance(planned, Call):
        return value
    try:
        return conform(value, call.wanted.get(key, Unknown))
    except Misfit as misfit:
        what = f"{misfit.what} from {planned.name}"
        path = (*planned.path, planned.label.split(" = ")[0])
        problem = Problem(what, "call a function whose result fits", path, planned.at)
        raise problems_error([problem]) from None


def _filled(using: type[registry], value: Any) -> Any:
    """The value with the defaults of every block inside it that calls a function."""
    if is_list(value):
        return [_filled(using, inner) for inner in value]
    if not is_dict(value):
        return value
    block: dict[str, Any] = {k: _filled(using, inner) for k, inner in value.items()}
    if (call := call_of(block)) is not None:
        _fill_in(block, using.get(call[0][1:], call[1]))
    return block


def _fill_in(block: dict[str, Any], func: Callable[..., Any]) -> None:
    for argument in signature_of(func).arguments.values():
        if argument.name not in block and not argument.required:
            default = _as_json(argument.default)
            if default is not Unknown:
                block[argument.name] = default


def _as_json(value: Any) -> Any:
    """A default as JSON; Unknown for what only Python can say."""
    if isinstance(value, enum.Enum):
        return _as_json(value.value)
    if isinstance(value, PurePath):
        return str(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if is_row(value):
        items = [_as_json(inner) for inner in value]
        return items if Unknown not in items else Unknown
    if is_dict(value) and all(map(is_text, value)):
        made = {key: _as_json(inner) for key, inner in value.items()}
        return made if Unknown not in made.values() else Unknown
    return Unknown


def _checked_by_model(config: Config, schema: Any, *, validate: bool) -> dict[str, Any]:
    """The config with the defaults of a pydantic model, and checked by it."""
    from confection import Config as Parser
    from confection import ConfigValidationError

    parser: Any = Parser({**config})
    filled = parser.fill_defaults(schema)
    try:
        return {**(filled.validate(schema) if validate else filled)}
    except ConfigValidationError as error:
        problems: list[Problem] = []
        rows: list[dict[str, Any]] = getattr(error, "errors", None) or []
        for row in rows:
            path = tuple(map(str, row.get("loc", ())))
            _, position = config.source.locate(path)
            value = shown(row["input"]) if "input" in row else None
            problems.append(Problem(row["msg"], "", path, position, value=value))
        raise problems_error(problems, file=config.source.file) from error
