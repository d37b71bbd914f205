"""Common slips in the text of a value, named. Values are JSON, variables or plain text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from .dollars import without_variables

PYTHON = {"True": True, "False": False, "None": None}
_MEANT = {
    **dict.fromkeys(("none", "nil", "null", "undefined"), "null"),
    **dict.fromkeys(("yes", "on", "true"), "true"),
    **dict.fromkeys(("no", "off", "false"), "false"),
}
_CLOSERS = {"[": "]", "{": "}"}
_LITERAL = re.compile(
    r"""(?P<literal>true|false|null|True|False|None|"(?:[^"\\]|\\.)*"|[-+]?[\d.][\w.+-]*)"""
    r"""(?P<rest>\s*(?P<mark>[#;,]).*)$""",
    re.DOTALL,
)
_SINGLE = re.compile(r"'(?:[^'\\]|\\.)*'")


def is_json(raw: str) -> bool:
    """Whether the text, variables aside, reads as JSON or one of True, False and None."""
    if raw in PYTHON:
        return True
    return _loads(raw) or _loads(without_variables(raw))


def slip(raw: str) -> tuple[str, str] | None:
    """What is wrong with the text of a value and how to mend it, or None.

    Plain text passes here unless it looks like a value that was meant otherwise; whether a
    parameter takes plain text is decided with its type at hand.
    """
    if not raw or is_json(raw) or raw.startswith("${"):
        return None
    return _tail(raw) or _quotes(raw) or _brackets(raw) or _number(raw)


def plain_text_fix(text: str) -> str:
    """What was probably meant by text without quotes where no text can stand."""
    if text.lower() in _MEANT:
        return f"write {_MEANT[text.lower()]}"
    if text[:1] == "(" and text[-1:] == ")":
        return f"write a list: [{text[1:-1].rstrip(', ')}]"
    return f"write JSON; if a text is meant, {json.dumps(text, ensure_ascii=False)}"


def _tail(raw: str) -> tuple[str, str] | None:
    """A comma or a comment after a value that would be fine without."""
    found = _LITERAL.match(raw)
    if not found or not is_json(_mended_number(found["literal"])):
        return None
    literal = found["literal"]
    if found["mark"] == ",":
        if found["rest"].strip() == ",":
            return "a comma stands after the value", f"remove the comma: {literal}"
        return "several values without brackets", f"write a list: [{raw.rstrip(',')}]"
    return "a comment stands after the value", f"put it on a line of its own: {literal}"


def _quotes(raw: str) -> tuple[str, str] | None:
    if raw[0] == "'":
        fix = "use double quotes"
        if _SINGLE.fullmatch(raw):
            fix += f": {json.dumps(raw[1:-1], ensure_ascii=False)}"
        return "single quotes are not JSON", fix
    if raw[0] != '"':
        return None
    if len(raw) == 1 or raw[-1] != '"':
        return "a quoted text that does not end", 'close it with "'
    if "\\" in raw and _loads(raw.replace("\\", "\\\\")):
        return "a backslash that JSON does not know", "write \\\\ for \\ (or / in a path)"
    return "a quoted text with a quote inside", 'write \\" for a quote inside the text'


def _brackets(raw: str) -> tuple[str, str] | None:
    if raw[0] not in _CLOSERS:
        return None
    kind = "list" if raw[0] == "[" else "mapping"
    plain = without_variables(raw)
    repairs: tuple[tuple[Callable[[str], str], str], ...] = (
        (lambda t: re.sub(r",(\s*[\]}])", r"\1", t), "remove the comma before the closing bracket"),
        (lambda t: _SINGLE.sub(lambda m: json.dumps(m[0][1:-1]), t), "use double quotes"),
        (_json_words, "write true, false and null in small letters"),
        (lambda t: re.sub(r"\s[#;].*", "", t), "put the comment on a line of its own"),
        (lambda t: t.rstrip(", "), "remove the comma after it"),
        (lambda t: re.sub(r"(?<![\w.])\.(?=\d)", "0.", t), "write 0.5 for .5"),
    )
    text = plain
    for repair, fix in repairs:
        if _loads(repair(plain)):
            return f"not a JSON {kind}", fix
    needed: list[str] = []
    for repair, fix in repairs:
        mended = repair(text)
        needed += [fix] if mended != text else []
        text = mended
        if _loads(text):
            return f"not a JSON {kind}", " and ".join(needed)
    if raw[-1] != _CLOSERS[raw[0]]:
        return f"a {kind} that does not end", f"close it with {_CLOSERS[raw[0]]}"
    return f"not a JSON {kind}", f"{_where(plain)}; texts inside need double quotes"


def _number(raw: str) -> tuple[str, str] | None:
    if not re.match(r"[-+]?[\d.]", raw):
        return None
    mended = _mended_number(raw)
    if mended != raw and _loads(mended):
        return "not a JSON number", f"write {mended}"
    if raw[0] in "./":
        return "a text that starts with a dot needs quotes", f'write "{raw}"'
    return "neither a number nor quoted text", f'write "{raw}" if a text is meant'


def _mended_number(raw: str) -> str:
    text = raw.removeprefix("+").replace("_", "")
    text = re.sub(r"^(-?)\.(?=\d)", r"\g<1>0.", text)
    text = re.sub(r"^(-?\d+)\.(?=$|[eE])", r"\1.0", text)
    return re.sub(r"^(-?)0+(?=\d)", r"\1", text)


def _json_words(text: str) -> str:
    for word, value in PYTHON.items():
        text = re.sub(rf"\b{word}\b", json.dumps(value), text)
    return text


def _where(text: str) -> str:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return f"{error.msg} at its character {error.pos + 1}".replace("Expecting", "expected")
    return "as it stands"


def _loads(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
