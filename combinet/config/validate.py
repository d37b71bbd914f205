"""From a config to a plan: every block is looked up and every argument checked, nothing called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..errors import RegistryError
from ..registry import Registry, did_you_mean, registry
from .annotations import Unknown, show
from .compare import bound, substituted
from .plan import Call
from .problems import Path, Problem, shown
from .signatures import Argument, Signature, signature_of
from .slips import plain_text_fix
from .source import Source
from .trees import call_of, is_dict, is_mapping, is_row
from .values import Misfit, conform, takes_bare

STAR = "*"


class Validator:
    """Plans the blocks of one config and collects everything that is wrong with them.

    Args:
        using: Where functions are looked up.
        source: Where things stand.
        types: False leaves the types of arguments unchecked.
    """

    def __init__(self, using: type[registry], source: Source, *, types: bool = True) -> None:
        self.using, self.source, self.types = using, source, types
        self.problems: list[Problem] = []

    def plan(self, value: Any, path: Path) -> Any:
        """The value with a ``Call`` in place of every block that calls a function."""
        if is_mapping(value):
            if call_of(value) is not None:
                return self._call(value, path)
            made = {key: self.plan(inner, (*path, str(key))) for key, inner in value.items()}
            return {k: _in_order(v) if k == STAR and _is_many(v) else v for k, v in made.items()}
        if is_row(value):
            items = [self.plan(inner, path) for inner in value]
            return items if isinstance(value, list) else tuple(items)
        return value

    def arguments(
        self, block: Mapping[str, Any], path: Path, func: Callable[..., Any]
    ) -> dict[str, Any]:
        """The planned values of a plain section, checked as arguments of a function.

        Arguments that are missing are not a problem: they are given when it is called.
        """
        call = Call("", getattr(func, "__name__", "?"), path, None, func)
        given = {key: self.plan(value, (*path, key)) for key, value in block.items()}
        self._bind(call, given, signature_of(func), complete=False)
        return call.kwargs

    def _call(self, block: Mapping[str, Any], path: Path) -> Call:
        keys = [key for key in block if str(key).startswith("@")]
        label, name = f"{keys[0]} = {shown(block[keys[0]])}", str(block[keys[0]])
        call = Call(label, name, path, self.source.locate((*path, keys[0]))[1])
        given = {k: self.plan(v, (*path, k)) for k, v in block.items() if k not in keys}
        if len(keys) > 1:
            what = f"a block calls one function, this one has {' and '.join(keys)}"
            self._problem(what, "keep one", path, key=False)
        elif (func := self._function(keys[0][1:], block[keys[0]], (*path, keys[0]))) is not None:
            call.func = func
            self._bind(call, given, signature_of(func), complete=True)
        return call

    def _function(self, kind: str, name: Any, path: Path) -> Any:
        if not isinstance(name, str):
            self._problem(
                f"{shown(name)} is not a name", "write it in quotes", path, text=_text(name)
            )
            return None
        try:
            return self.using.get(kind, name)
        except RegistryError as error:
            others = self._kinds_with(name)
            fix = f"it is one of the {others[0]}: write @{others[0]}" if others else error.fix
            self._problem(error.what, fix, path, text=_text(name))
            return None

    def _bind(
        self, call: Call, given: dict[str, Any], signature: Signature, *, complete: bool
    ) -> None:
        """Match what is given with the parameters, check it, and note what is missing."""
        star = self._star(given.pop(STAR, ()), call, signature)
        variables: dict[Any, Any] = {}
        unknown = [k for k in given if k not in signature.arguments]
        if signature.double_star is None:
            for key in unknown:
                self._unknown(key, given.pop(key), call, signature)
        for key, value in given.items():
            argument = signature.arguments.get(key) or Argument(key, signature.double_star, None)
            given[key] = self._argument(value, argument, call, variables)
            call.wanted[key] = argument.annotation
        positional = [a for a in signature.arguments.values() if not a.by_keyword_only]
        self._order(call, given, star, positional, signature)
        filled = {*given, *(a.name for a in positional[: len(call.args)])}
        meant = {did_you_mean(k, list(signature.arguments)) for k in unknown}
        for argument in signature.arguments.values() if complete else ():
            named = f"did you mean {argument.name!r}?" in meant
            if argument.required and argument.name not in filled and not named:
                self._missing(argument, call)
        call.returns = substituted(signature.returns, variables)

    def _star(self, value: Any, call: Call, signature: Signature) -> list[Any]:
        """The checked values of ``[section.*.name]`` blocks."""
        if not _is_many(value):
            what = "positional arguments are sections of their own"
            fix = f"write [{'.'.join(call.path)}.*.name]"
            self._problem(what, fix, (*call.path, STAR), key=False)
            return []
        values = _in_order(value)
        if not values:
            return []
        named = [k for k, a in signature.arguments.items() if not a.by_keyword_only]
        if signature.star is None and len(values) > len(named):
            what = f"{call.name} takes no more than {len(named)} positional arguments"
            self._problem(what, f"remove {len(values) - len(named)}", (*call.path, STAR), key=False)
            return []
        keys = [str(k) for k in value] if is_mapping(value) else [""] * len(values)
        made: list[Any] = []
        for key, inner in zip(keys, values, strict=True):
            argument = Argument(key, signature.star or Unknown, None)
            path = (*call.path, STAR, *([key] if key else []))
            made.append(self._checked(inner, argument, path, {}))
        return made

    def _order(
        self,
        call: Call,
        given: dict[str, Any],
        star: list[Any],
        positional: list[Argument],
        signature: Signature,
    ) -> None:
        """Put into ``args`` what has to go by position: all that stands before ``*args``."""
        by_position = [a for a in positional if a.by_position_only or (star and signature.star)]
        rest = [a for a in positional if a.name not in given]
        if star and signature.star is None:
            for argument, value in zip(rest, list(star), strict=False):
                path = (*call.path, STAR)
                given[argument.name] = self._checked(value, argument, path, {})
                call.wanted[argument.name] = argument.annotation
            star = []
        for argument in by_position:
            if argument.name in given:
                call.wanted[len(call.args)] = argument.annotation
                call.args.append(given.pop(argument.name))
            elif not argument.required and (star or argument.by_position_only):
                call.args.append(argument.default)
        for value in star:
            call.wanted[len(call.args)] = signature.star
            call.args.append(value)
        call.kwargs = given

    def _argument(
        self, value: Any, argument: Argument, call: Call, variables: dict[Any, Any]
    ) -> Any:
        return self._checked(value, argument, (*call.path, argument.name), variables)

    def _checked(
        self, value: Any, argument: Argument, path: Path, variables: dict[Any, Any]
    ) -> Any:
        if not self.types or (value is None and argument.default is None):
            return value
        value = _sequence_of(value)
        annotation = substituted(argument.annotation, variables)
        if self.source.is_bare(path, value) and not takes_bare(annotation):
            what = f"expected {show(annotation)}, got text without quotes"
            self._problem(what, plain_text_fix(value), path, text=value)
            return value
        try:
            made = conform(value, annotation)
        except Misfit as misfit:
            self._misfit(misfit, value, path)
            return value
        if isinstance(value, Call):
            bound(argument.annotation, value.returns, variables)
        return made

    def _misfit(self, misfit: Misfit, value: Any, path: Path) -> None:
        if misfit.call is not None:
            key = misfit.call.label.split(" = ")[0]
            self._problem(
                misfit.what, misfit.fix, (*misfit.call.path, key), text=_text(misfit.call.name)
            )
            return
        for key in misfit.keys:
            value, path = value[key], (*path, key)
        self._problem(misfit.what, self._fix(misfit.fix, value, path), path, text=_text(value))

    def _fix(self, fix: str, value: Any, path: Path) -> str:
        """For a registered name where a block was meant, the block."""
        kinds = self._kinds_with(value) if "block" in fix else []
        if kinds:
            return f"write a block: [{'.'.join(path)}] with @{kinds[0]} = {shown(value)}"
        return fix

    def _kinds_with(self, name: Any) -> list[str]:
        """The registries that have a function of that name; loads nothing."""
        kinds = {k: r for k, r in self.using.kinds().items() if isinstance(r, Registry)}
        return [kind for kind, known in kinds.items() if name in known.names()]

    def _unknown(self, key: str, value: Any, call: Call, signature: Signature) -> None:
        names = list(signature.arguments)
        fix = did_you_mean(key, names) or (
            f"it takes {', '.join(names)}" if names else "remove it: it takes no arguments"
        )
        what = f"{call.name} has no argument {key!r}"
        self._problem(what, fix, (*call.path, key), text=_text(value))

    def _missing(self, argument: Argument, call: Call) -> None:
        what = f"{call.name} needs {argument.name} ({show(argument.annotation)})"
        self._problem(what, f"add {argument.name} = ...", call.path, key=False)

    def _problem(
        self, what: str, fix: str, path: Path, *, key: bool = True, text: str | None = None
    ) -> None:
        at_path, at = self.source.locate(path)
        self.problems.append(Problem(what, fix, at_path, at, key, text))


def _text(value: Any) -> str | None:
    """A value as a problem shows it; nothing for a block, which has lines of its own."""
    return None if isinstance(value, Call) or is_dict(value) else shown(value)


def _is_many(value: Any) -> bool:
    return is_mapping(value) or is_row(value)


def _in_order(value: Any) -> tuple[Any, ...]:
    """The values of a ``*`` block in the order of the file."""
    return tuple(value.values()) if is_mapping(value) else tuple(value)


def _sequence_of(value: Any) -> Any:
    """``[section.*.name]`` blocks without anything beside them are a list."""
    if is_dict(value) and list(value) == [STAR] and _is_many(value[STAR]):
        return list(_in_order(value[STAR]))
    return value
