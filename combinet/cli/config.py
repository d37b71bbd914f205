"""combinet config: what can be done with a .cfg file alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..registry import registry
from ._code import asking_for_code, import_code
from ._config import SCHEMA, read_config, read_overrides

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
    settings = read_config(config, read_overrides(context.args), interpolate=False)
    schema = {name: func for name, func in SCHEMA.items() if name in settings}
    with asking_for_code(code, settings):
        filled = registry.fill(settings, schema=schema)
    if output is None:
        print(filled.to_str())
    else:
        filled.to_disk(output)
