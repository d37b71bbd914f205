"""Broken configs and the message that each must get: where, what, and how to mend it."""

# ruff: noqa: ISC004 - a row is a text and a message

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import pytest

from combinet.config import Config, ConfigError
from combinet.registry import registry


def everything(
    n: int = 1,
    rate: float = 0.5,
    flag: bool = False,
    text: str = "",
    path: Path = Path(),
    mode: Literal["fast", "slow"] = "fast",
    maybe: int | None = None,
    sizes: list[int] | None = None,
    pair: tuple[int, int] = (1, 2),
    names: Sequence[str] = (),
    table: dict[str, int] | None = None,
    func: Callable[[int], int] | None = None,
    ids: dict[int, int] | None = None,
) -> dict[str, Any]:
    return dict(locals())


HEAD = '[m]\n@misc = "everything.v1"\n'
NOT_PLAIN = "got text without quotes; fix: "

BROKEN: list[tuple[str, str]] = [
    # slips in the text of a value
    ('[m]\n@misc = "everything.v1",', 'line 2 [m] @misc = "everything.v1",: a comma stands '
     'after the value; fix: remove the comma: "everything.v1"'),
    (HEAD + "text = 'a'", "line 3 [m] text = 'a': single quotes are not JSON; "
     'fix: use double quotes: "a"'),
    (HEAD + "rate = .5", "line 3 [m] rate = .5: not a JSON number; fix: write 0.5"),
    (HEAD + "rate = 5.", "line 3 [m] rate = 5.: not a JSON number; fix: write 5.0"),
    (HEAD + "n = 007", "line 3 [m] n = 007: not a JSON number; fix: write 7"),
    (HEAD + "n = +7", "line 3 [m] n = +7: not a JSON number; fix: write 7"),
    (HEAD + "n = 1_000", "line 3 [m] n = 1_000: not a JSON number; fix: write 1000"),
    (HEAD + "sizes = [1,2,]", "line 3 [m] sizes = [1,2,]: not a JSON list; "
     "fix: remove the comma before the closing bracket"),
    (HEAD + "sizes = [1, 2", "line 3 [m] sizes = [1, 2: a list that does not end; "
     "fix: close it with ]"),
    (HEAD + "names = ['a', 'b']", "line 3 [m] names = ['a', 'b']: not a JSON list; "
     "fix: use double quotes"),
    (HEAD + "names = [a, b]", "line 3 [m] names = [a, b]: not a JSON list; fix: expected value "
     "at its character 2; texts inside need double quotes"),
    (HEAD + 'table = {"a": True}', 'line 3 [m] table = {"a": True}: not a JSON mapping; '
     "fix: write true, false and null in small letters"),
    (HEAD + "table = {'a': 1,}", "line 3 [m] table = {'a': 1,}: not a JSON mapping; fix: remove "
     "the comma before the closing bracket and use double quotes"),
    (HEAD + "names = ['a', True]", "line 3 [m] names = ['a', True]: not a JSON list; fix: use "
     "double quotes and write true, false and null in small letters"),
    (HEAD + "n = 3 # three", "line 3 [m] n = 3 # three: a comment stands after the value; "
     "fix: put it on a line of its own: 3"),
    (HEAD + "flag = true ; yes", "line 3 [m] flag = true ; yes: a comment stands after the "
     "value; fix: put it on a line of its own: true"),
    (HEAD + "pair = 1, 2", "line 3 [m] pair = 1, 2: several values without brackets; "
     "fix: write a list: [1, 2]"),
    (HEAD + 'text = "a', 'line 3 [m] text = "a: a quoted text that does not end; '
     'fix: close it with "'),
    (HEAD + 'text = "say "a""', 'line 3 [m] text = "say "a"": a quoted text with a quote '
     r'inside; fix: write \" for a quote inside the text'),
    (HEAD + r'path = "C:\data"', r'line 3 [m] path = "C:\data": a backslash that JSON does not '
     r"know; fix: write \\ for \ (or / in a path)"),
    (HEAD + "path = ./data", "line 3 [m] path = ./data: a text that starts with a dot needs "
     'quotes; fix: write "./data"'),
    (HEAD + "text = 3.0.1", "line 3 [m] text = 3.0.1: neither a number nor quoted text; "
     'fix: write "3.0.1" if a text is meant'),
    # text without quotes where the type is another
    (HEAD + "maybe = none", f"line 3 [m] maybe = none: expected int | None, {NOT_PLAIN}write null"),
    (HEAD + "flag = yes", f"line 3 [m] flag = yes: expected bool, {NOT_PLAIN}write true"),
    (HEAD + "pair = (1, 2)", f"line 3 [m] pair = (1, 2): expected tuple[int, int], {NOT_PLAIN}"
     "write a list: [1, 2]"),
    (HEAD + "n = many", f"line 3 [m] n = many: expected int, {NOT_PLAIN}write JSON; "
     'if a text is meant, "many"'),
    # types
    (HEAD + "n = 3.7", "line 3 [m] n = 3.7: expected int, got float 3.7; "
     "fix: write a whole number, such as 4"),
    (HEAD + "n = true", "line 3 [m] n = true: expected int, got bool true; fix: write a number"),
    (HEAD + 'n = "3"', 'line 3 [m] n = "3": expected int, got str "3"; fix: remove the quotes'),
    (HEAD + "n = null", "line 3 [m] n = null: expected int, got null; "
     "fix: give it a value; null is not allowed here"),
    (HEAD + "flag = 1", "line 3 [m] flag = 1: expected bool, got int 1"),
    (HEAD + "text = 3", 'line 3 [m] text = 3: expected str, got int 3; fix: put it in quotes: "3"'),
    (HEAD + 'mode = "quick"', "line 3 [m] mode = \"quick\": expected 'fast' | 'slow', "
     'got str "quick"'),
    (HEAD + "sizes = [1, 2.5]", "line 3 [m] sizes = [1, 2.5]: item 2: expected int, "
     "got float 2.5; fix: write a whole number, such as 2"),
    (HEAD + "pair = [1, 2, 3]", "line 3 [m] pair = [1, 2, 3]: expected tuple[int, int], "
     "got a list of 3; fix: give 2 values"),
    (HEAD + 'names = "a"', 'line 3 [m] names = "a": expected Sequence[str], got str "a"; '
     'fix: write a list: ["a"]'),
    (HEAD + "n = 1e999", "line 3 [m] n = Infinity: expected int, got float Infinity"),
    (HEAD + "table = [1, 2]", "line 3 [m] table = [1, 2]: expected dict[str, int], got list "
     "[1, 2]; fix: write {...}, or a list of pairs: [[key, value], ...]"),
    (HEAD + 'table = [["a", 1], ["a", 2]]', 'line 3 [m] table = [["a", 1], ["a", 2]]: '
     'item 2: the key "a" stands there already; fix: keep one'),
    (HEAD + 'ids = {"3": 1}', 'line 3 [m.ids] 3 = 1: the key: expected int, got str "3"; fix: keys '
     "of JSON are texts: write a list of pairs, [[key, value], ...]"),
    (HEAD + 'text = ["a"]', 'line 3 [m] text = ["a"]: expected str, got list ["a"]'),
    (HEAD + "[m.table]\na = 1\nb = 1.5", "line 5 [m.table] b = 1.5: expected int, got float 1.5; "
     "fix: write a whole number, such as 2"),
    (HEAD + 'func = "linear.v1"', 'line 3 [m] func = "linear.v1": expected Callable[[int], int] '
     '| None, got str "linear.v1"; fix: write a block: [m.func] with @layers = "linear.v1"'),
    # names
    (HEAD + "txt = 3", "line 3 [m] txt = 3: everything.v1 has no argument 'txt'; "
     "fix: did you mean 'text'?"),
    ('[m]\n@layers = "linear.v1"', "line 1 [m]: linear.v1 needs nO (int); fix: add nO = ..."),
    ('[m]\n@layers = "liner.v1"', "line 2 [m] @layers = \"liner.v1\": 'liner.v1' is not "
     "registered in layers; fix: did you mean 'linear.v1'?"),
    ('[m]\n@layer = "pool.v1"', "line 2 [m] @layer = \"pool.v1\": there is no registry 'layer'; "
     "fix: it is one of the layers: write @layers"),
    ('[m]\n@misc = "pool.v1"', "line 2 [m] @misc = \"pool.v1\": 'pool.v1' is not registered in "
     "misc; fix: it is one of the layers: write @layers"),
    ('[m]\n@misc = 3', "line 2 [m] @misc = 3: 3 is not a name; fix: write it in quotes"),
    ('[m]\n@layers = "pool.v1"\n@misc = "everything.v1"', "line 1 [m]: a block calls one "
     "function, this one has @layers and @misc; fix: keep one"),
    # sections and lines
    ("[a]\nx = 1\n[b.c]\ny = 2", "line 3 [b.c]: its parent section [b] is missing; "
     "fix: add a line [b] above it"),
    ("[training]\n[trainng.optimizer]", "line 2 [trainng.optimizer]: its parent section [trainng] "
     "is missing; fix: add a line [trainng] above it, or did you mean 'training'?"),
    ("[a]\n[b]\n[a]", "line 3 [a]: the section stands at line 1 already; fix: merge the two"),
    ("[a]\nx = 1\nx = 2", "line 3 [a] x: the key stands at line 2 already; "
     "fix: remove one of the two"),
    ("[a]\nb = 1\n[a.b]\nc = 1", "line 2 [a] b = 1: there is a section [a.b] too (line 3); "
     "fix: keep one of the two"),
    ("x = 1\n[a]", "line 1: 'x' stands before the first section; "
     "fix: write a line such as [model] above it"),
    ("[a\nx = 1", 'line 1: "[a" is neither a [section] nor key = value; '
     "fix: close the section's name with ]"),
    ("[a]\nx = [\n    1\n]", 'line 4 [a]: "]" is neither a [section] nor key = value; '
     "fix: indent the closing bracket, so that the line belongs to the value above"),
    ("[a]\nhello", 'line 2 [a]: "hello" is neither a [section] nor key = value; '
     "fix: write key = value"),
    ("[a] b = 1", "line 1 [a]: 'b = 1' stands after the section's name; "
     "fix: put it on a line of its own"),
    ("[a..b]", "line 1 [a..b]: 'a..b' is not a section name; fix: write names joined by single "
     "dots, without spaces around them"),
    ("[DEFAULT]\nx = 1", "line 1 [DEFAULT]: DEFAULT is not a section of these files; "
     "fix: choose another name"),
    # variables
    ("[a]\nx = ${b.y}\n[b]\ny = ${a.x}", "line 2 [a] x = ${b.y}: circular ${}: a.x -> b.y -> a.x; "
     "fix: give one of them a value of its own"),
    ("[a]\nx = ${a}", "line 2 [a] x = ${a}: circular ${}: a.x -> a.x; "
     "fix: give one of them a value of its own"),
    ("[a]\nx = ${b.y}\n[b]\ny = 1${c.z}\n[c]\nz = ${a.x}", "line 2 [a] x = ${b.y}: circular ${}: "
     "a.x -> b.y -> c.z -> a.x; fix: give one of them a value of its own"),
    ("[a]\nx = ${b}\n[b]\n[b.c]\ny = ${a.x}", "line 2 [a] x = ${b}: circular ${}: "
     "a.x -> b.c.y -> a.x; fix: give one of them a value of its own"),
    ("[paths]\ntrain = 1\n[a]\nx = ${paths.trian}", "line 4 [a] x = ${paths.trian}: "
     "${paths.trian} refers to nothing; fix: did you mean 'paths.train'?"),
    ("[a]\nx = \"costs 5$\"", 'line 2 [a] x = "costs 5$": a $ that starts no ${section.key}; '
     "fix: write $$ for a plain $"),
    ("[s]\n[a]\nx = \"in ${s}\"", 'line 3 [a] x = "in ${s}": ${s} is a whole section and stands '
     "inside a text; fix: refer to one of its keys"),
    ('[s]\nq = "say \\"a\\""\n[a]\nx = "I ${s.q}"', 'line 4 [a] x = "I ${s.q}": with its variables '
     'filled in, this is "I say "a"", which is not JSON; '
     "fix: refer to texts without quotes or backslashes"),
    ("[s]\nn = true\n[m]\n@misc = \"everything.v1\"\nn = ${s.n}", "line 5 [m] n = true: expected "
     "int, got bool true; fix: write a number"),
    # positional arguments and blocks that do not fit
    ('[m]\n@layers = "wrap.v1"\n[m.layer]\n@layers = "pool.v1"\n[n]\n@layers = "three.v1"\n'
     'tok2vec = {"@layers": "embed.v1"}\nlayer1 = {"@layers": "linear.v1", "nO": 2}\n'
     '[n.layer2]\n@layers = "linear.v1"\nnO = 3', 'line 8 [n.layer1] @layers = "linear.v1": '
     "expected Model[list[Floats2d], Floats2d], but linear.v1 gives Model[Floats2d, Floats2d]; "
     "fix: call a function whose result fits"),
    ('[m]\n@layers = "chain.v1"\n[m.*.a]\n@misc = "everything.v1"', 'line 4 [m.*.a] '
     '@misc = "everything.v1": expected Model[Any, Any], but everything.v1 gives dict[str, Any]; '
     "fix: call a function whose result fits"),
    ('[m]\n@layers = "wrap.v1"\nlayer = "pool.v1"', 'line 3 [m] layer = "pool.v1": expected '
     'Model[In, In], got str "pool.v1"; fix: write a block: [m.layer] with @layers = "pool.v1"'),
    ('[m]\n@layrs = "pool.v1"\n', 'line 2 [m] @layrs = "pool.v1": there is no registry '
     "'layrs'; fix: it is one of the layers: write @layers"),
    ('[m]\n@layrs = "mine.v1"\n', 'line 2 [m] @layrs = "mine.v1": there is no registry '
     "'layrs'; fix: did you mean 'layers'?"),
    ('[m]\n@layers = "chain.v1"\n[m.*]\na = 3', "line 4 [m.*] a = 3: expected Model[Any, Any], "
     "got int 3; fix: write a block that calls a function"),
    ('[m]\n@layers = "pool.v1"\n[m.*.a]\n@layers = "pool.v1"', "line 1 [m.*]: pool.v1 takes no "
     "more than 0 positional arguments; fix: remove 1"),
    ('[m]\n@layers = "chain.v1"\n* = 3', "line 3 [m.*]: positional arguments are sections of "
     "their own; fix: write [m.*.name]"),
]  # fmt: skip


@pytest.fixture
def more(names: type[registry]) -> type[registry]:
    names.misc("everything.v1", func=everything)
    return names


@pytest.mark.parametrize(("text", "message"), BROKEN, ids=[repr(text)[-30:] for text, _ in BROKEN])
def test_the_message_says_where_what_and_how_to_mend(
    text: str, message: str, more: type[registry]
) -> None:
    with pytest.raises(ConfigError) as caught:
        more.resolve(Config().from_str(text))
    assert str(caught.value) == message


OVERRIDES: list[tuple[str, dict[str, object], str]] = [
    (HEAD, {"m.txt": 3}, "override [m] txt = 3: there is no key m.txt to override; "
     "fix: did you mean 'm.text'?"),
    ("[training]\ndropout = 1", {"training.dropuot": 2}, "override [training] dropuot = 2: there "
     "is no key training.dropuot to override; fix: did you mean 'training.dropout'?"),
    ("[training]\ndropout = 1", {"trainign.dropout": 2}, "override [trainign] dropout = 2: there "
     "is no key trainign.dropout to override; fix: did you mean 'training.dropout'?"),
    ("[a]\nx = 1", {"seed": 2}, "override seed = 2: there is no key seed to override; "
     "fix: override a key that the config has"),
    (HEAD + "n = 1", {"m.n": "3"}, 'override [m] n = "3": expected int, got str "3"; '
     "fix: remove the quotes"),
    ("[a]\nx = 1\n[b]\ny = ${a.x}", {"a.x": "${b.y}"}, "override [a] x = ${b.y}: circular ${}: "
     "a.x -> b.y -> a.x; fix: give one of them a value of its own"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "overrides", "message"), OVERRIDES)
def test_the_message_of_an_override_says_so(
    text: str, overrides: dict[str, object], message: str, more: type[registry]
) -> None:
    with pytest.raises(ConfigError) as caught:
        more.resolve(Config().from_str(text, interpolate=False), overrides=overrides)
    assert str(caught.value) == message


def test_all_problems_of_a_file_are_reported_in_its_order(
    more: type[registry], tmp_path: Path
) -> None:
    lines = [
        "[b]",
        '@layers = "linear.v1"',
        'nO = "x"',
        "[a]",
        '@misc = "everything.v1"',
        "n = 1.5",
    ]
    file = tmp_path / "two.cfg"
    file.write_text("\n".join(lines))
    with pytest.raises(ConfigError) as caught:
        more.resolve(Config().from_disk(file))
    assert str(caught.value).splitlines() == [
        f"2 problems in {file}",
        f'  {file}:3 [b] nO = "x": expected int, got str "x"',
        f"  {file}:6 [a] n = 1.5: expected int, got float 1.5; "
        "fix: write a whole number, such as 2",
    ]


def test_all_slips_of_a_file_are_reported_together() -> None:
    with pytest.raises(ConfigError) as caught:
        Config().from_str("[a]\nx = .5\nhello\n[b.c]\ny = 'z'")
    starts = [line.split(":")[0].strip() for line in str(caught.value).splitlines()]
    assert starts == [
        "4 problems in the config", "line 2 [a] x = .5", "line 3 [a]", "line 4 [b.c]",
        "line 5 [b.c] y = 'z'",
    ]  # fmt: skip
