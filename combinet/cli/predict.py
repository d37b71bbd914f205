"""combinet predict DIR: text or JSON lines in, JSON lines out."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from .._guards import is_list
from ..errors import CombinetError, DataError
from ..training.run import load_task, tokenizer_of
from ..training.supervised import SupervisedTask
from ._code import asking_for_code_of, import_code


def predict(
    model: Annotated[Path, typer.Argument(help="A model directory.")],
    input: Annotated[
        Path | None, typer.Argument(help="A file of lines; standard input if omitted, or -.")
    ] = None,
    code: Annotated[
        list[str] | None, typer.Option(help="A file or module to import first.")
    ] = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Lines in a batch.")] = 256,
) -> None:
    """Predict a label for every line: of text, or a JSON object with the input's fields.

    Lines are UTF-8; blank ones are left out.
    """
    import_code(code or [])
    with asking_for_code_of(model, code):
        task, config = load_task(model)
        tokenize = tokenizer_of(config) or str
    with _opened(input) as lines:
        numbered = ((n, _text(line, n)) for n, line in enumerate(lines, start=1))
        rows = ((n, _instance(task, tokenize, text, n)) for n, text in numbered if text.strip())
        while chunk := list(islice(rows, batch_size)):
            for output in _predicted(task, chunk):
                line = json.dumps(_plain(output), ensure_ascii=False)
                # A lone surrogate becomes the escape that JSON has for it.
                sys.stdout.buffer.write(line.encode("utf-8", "backslashreplace") + b"\n")
            sys.stdout.buffer.flush()


def _opened(input: Path | None) -> AbstractContextManager[Iterable[bytes]]:
    """The lines of a file or a pipe, or of standard input."""
    if input is None or str(input) == "-":
        if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison] - closed
            raise DataError("there is no standard input", fix="give a file, or pipe the lines in")
        if sys.stdin.isatty():
            print("type a line to be predicted, or Ctrl-D to end", file=sys.stderr)
        return nullcontext(sys.stdin.buffer)
    if input.is_dir():
        raise DataError(f"{str(input)!r} is a directory", fix="give a file of lines")
    if not input.exists():
        raise DataError(f"there is no file {str(input)!r}", fix="give a path, or pipe the lines in")
    return input.open("rb")


def _predicted(task: SupervisedTask, rows: list[tuple[int, Any]]) -> list[dict[str, Any]]:
    try:
        return task.forward_on_instances([instance for _, instance in rows])
    except CombinetError as error:
        first, last = rows[0][0], rows[-1][0]
        where = f"lines {first} to {last}" if last > first else f"line {first}"
        error.add_note(f"in {where} of the input")
        raise


def _text(line: bytes, number: int) -> str:
    try:
        return line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise DataError(
            f"line {number} is no text in UTF-8", fix="convert the input to UTF-8"
        ) from error


def _instance(
    task: SupervisedTask, tokenize: Callable[[str], Any], line: str, number: int
) -> dict[str, Any]:
    if not line.lstrip().startswith("{"):
        return {task.input: tokenize(line)}
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"line {number} begins as a JSON object and is none: {error}",
            fix=f'for a text that begins with {{, write {{"{task.input}": "the text"}}',
        ) from error
    if task.input not in fields:
        raise DataError(
            f"line {number} has no field {task.input!r}", fields=", ".join(fields) or "none"
        )
    value = fields[task.input]
    value = tokenize(value) if isinstance(value, str) else value
    is_numbers = is_list(value) and value and all(isinstance(x, int | float) for x in value)
    return {task.input: np.asarray(value, dtype="float32") if is_numbers else value}


def _plain(output: dict[str, Any]) -> dict[str, Any]:
    """Label and probability, as JSON can hold them."""
    return {
        name: value.item() if isinstance(value, np.generic) else value
        for name, value in output.items()
        if not isinstance(value, np.ndarray)
    }
