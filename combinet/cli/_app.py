"""The program ``combinet``: its commands, and how it says that something went wrong.

Exit codes: 0 for done, 1 for refused or failed, 2 for a command line that makes no sense; and as
shells have it 130 for interrupted, 141 for output that nobody reads any more.
"""

from __future__ import annotations

import os
import sys
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from .. import __version__
from ..errors import CombinetError
from ._config import UsageError
from .check import check
from .config import config
from .evaluate import evaluate
from .info import info
from .predict import predict
from .train import train

FAILED, MISUSED, INTERRUPTED, UNREAD = 1, 2, 130, 141


class Commands(TyperGroup):
    """The commands, with the ends that are the same for all, whatever Typer makes of them."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command; Ctrl-C, and a reader of the output who goes away, are no traceback."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            print("interrupted", file=sys.stderr)
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            raise typer.Exit(UNREAD) from None


app = typer.Typer(
    name="combinet",
    cls=Commands,
    help="Train, evaluate and use networks that a .cfg file describes.",
    epilog="Exit codes: 0 done; 1 refused or failed, with a message that says why; 2 the command "
    "line makes no sense; 130 interrupted; 141 nobody reads the output any more. With "
    "COMBINET_TRACEBACK=1 in the environment a message comes with the Python traceback.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_any_key = {"allow_extra_args": True, "ignore_unknown_options": True}
app.command(context_settings=_any_key)(train)
app.command(context_settings=_any_key)(check)
app.command()(evaluate)
app.command()(predict)
app.command()(info)
app.add_typer(config, name="config")


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"combinet {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show it and exit."),
    ] = False,
) -> None:
    """What can be said without a command."""


def main() -> None:
    """Run a command; what a user or the system did wrong is one message, and an exit code."""
    stdout: Any = sys.stdout
    if stdout is None:  # closed, as in: combinet info >&-
        sys.stdout = stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    if hasattr(stdout, "reconfigure"):
        # What the terminal cannot show is shown as its escape, as standard error does it.
        stdout.reconfigure(errors="backslashreplace")
    formatted, warnings.formatwarning = warnings.formatwarning, _warning
    try:
        try:
            app()
        finally:
            warnings.formatwarning = formatted
            _flush()  # when Python ends it would be too late to say anything
    except BrokenPipeError:
        sys.exit(UNREAD)
    except (CombinetError, OSError) as error:
        if os.environ.get("COMBINET_TRACEBACK"):
            raise
        notes = getattr(error, "__notes__", [])
        print("\n  ".join([f"error: {_said(error)}", *notes]), file=sys.stderr)
        sys.exit(MISUSED if isinstance(error, UsageError) else FAILED)


def _flush() -> None:
    try:
        sys.stdout.flush()
    except OSError:
        # The rest goes nowhere, so that Python does not fail on it once more as it ends.
        with suppress(OSError, ValueError):  # it may be no file of the system
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise


def _warning(message: Warning | str, *where: Any, **more: Any) -> str:
    """What a command warns of, without the line of ours that it came from."""
    return f"warning: {message}\n"


def _said(error: CombinetError | OSError) -> str:
    """The message; that of the system without its number."""
    if isinstance(error, CombinetError) or error.strerror is None:
        return str(error)
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
