"""combinet config: what can be done with a .cfg file alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..config import Config
from ..registry import registry
from ._config import import_code, read_config, read_overrides
from .check import SCHEMA

config = typer.Typer(help="Work on .cfg files.", no_args_is_help=True)


@config.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def fill(
    context: typer.Context,
    config: Annotated[str, typer.Argument(help="A .cfg file, or the name of an example.")],
    output: Annotated[
        Path | None, typer.Option(help="The file to write; standard output if omitted.")
    ] = None,
    code: Annotated[
        list[str] | None, typer.Option(help="A file or module to import first.")
    ] = None,
) -> None:
    """Write a config with the default of everything that it leaves out.

    Nothing is called. Variables such as ${section.key} stay as they are. Any setting can be
    given as --section.key VALUE.
    """
    import_code(code or [])
    overrides = read_overrides(context.args)
    file = read_config(config, overrides).source.file
    settings = Config().from_disk(file, interpolate=False, overrides=overrides)
    schema = {name: func for name, func in SCHEMA.items() if name in settings}
    filled = registry.fill(settings, schema=schema)
    if output is None:
        print(filled.to_str())
    else:
        filled.to_disk(output)
