"""The program ``combinet``: its commands, and how it says that something went wrong."""

from __future__ import annotations

import os
import sys
from typing import Any

import typer

from ..errors import CombinetError
from .check import check
from .config import config
from .evaluate import evaluate
from .info import info
from .predict import predict
from .train import train

app = typer.Typer(
    name="combinet",
    help="Train, evaluate and use networks that a .cfg file describes.",
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


def main() -> None:
    """Run a command; what a user or the system did wrong is one message, and exit code 1."""
    stdout: Any = sys.stdout
    if hasattr(stdout, "reconfigure"):
        # What the terminal cannot show is shown as its escape, as standard error does it.
        stdout.reconfigure(errors="backslashreplace")
    try:
        app()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (CombinetError, OSError) as error:
        if os.environ.get("COMBINET_TRACEBACK"):
            raise
        notes = getattr(error, "__notes__", [])
        print("\n  ".join([f"error: {_said(error)}", *notes]), file=sys.stderr)
        sys.exit(1)


def _said(error: CombinetError | OSError) -> str:
    """The message; that of the system without its number."""
    if isinstance(error, CombinetError) or error.strerror is None:
        return str(error)
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
