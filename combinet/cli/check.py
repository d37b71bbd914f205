"""combinet check CFG."""

from __future__ import annotations

import sys
from shutil import get_terminal_size
from typing import Annotated, Any

import typer

from .._guards import is_dict
from ..config import Config
from ..describe import FlopsOf
from ..describe.flops import KEY, PAIR, SEQUENCE
from ..errors import ConfigError
from ..infer import Spec
from ..initialize import Check
from ..initialize import check as check_sizes
from ..model import Model, is_model
from ..paths import short_name
from ..registry import registry
from ..summary import COLUMNS, FLOPS, WIDTH, summarize
from ._code import asking_for_code, import_code
from ._config import SCHEMA, read_config, read_overrides


def check(
    context: typer.Context,
    config: Annotated[str, typer.Argument(help="A .cfg file, or the name of an example.")],
    code: Annotated[
        list[str] | None, typer.Option(help="A file or module to import first.")
    ] = None,
    section: Annotated[str, typer.Option(help="Where the network is.")] = "model",
) -> None:
    """Find what is wrong with a config, and show the network it describes, without any data.

    Sizes are worked out as far as the config says them, and no weight is made. FLOPs are those
    of matrix products in a forward pass, a multiplication and an addition as 2. Any setting of
    the config can be given as --section.key VALUE.
    """
    import_code(code or [])
    settings = read_config(config, read_overrides(context.args))
    with asking_for_code(code, settings):
        model = build_network(settings, section)
    found = check_sizes(model, None, None, keep=True)  # raises a misfit, with both sides
    width = get_terminal_size().columns if sys.stdout.isatty() else 120
    print(summarize(model, columns=(*COLUMNS, FLOPS), width=max(WIDTH, width)))
    print("\n" + "\n".join([*remarks(found), *remarks_on_flops(FlopsOf(model))]))


def build_network(config: Config, section: str) -> Model[Any, Any]:
    """Check all of a config, then build its network alone, still without weights.

    Raises:
        ConfigError: All that is wrong, or there is no network in that section.
    """
    if not _has(config, section):
        raise ConfigError(
            f"the config has no section [{section}]",
            sections=", ".join(config) or "none",
            fix="say with --section where the network is",
        )
    schema = {name: func for name, func in SCHEMA.items() if name in config}
    model = registry.check(config, schema=schema).build(section)
    if not is_model(model):
        raise ConfigError(
            f"[{section}] gives {type(model).__name__}, not a Model",
            fix="name a function that returns one: @architectures or @layers",
        )
    return model


def remarks(found: Check) -> list[str]:
    """What goes in and comes out, and what only data can tell."""
    lines = [f"takes {_said(found.x)}", f"gives {_said(found.y)}"]
    if found.open:
        lines.append("open, to be read off the data: " + ", ".join(found.open))
    if found.opaque:
        lines.append("opaque, sized by running data through them: " + ", ".join(found.opaque))
    if found:
        lines.append("every size is known")
    return lines


def remarks_on_flops(flops: FlopsOf) -> list[str]:
    """What the FLOPs are counted for, and where they are not known although the sizes are."""
    total = flops.total
    units = {
        PAIR: "n: rows of the sequence that a row stands in",
        KEY: "key: a row of the second input",
        SEQUENCE: "sequence: what a layer makes one row of",
    }
    lines = [said for unit, said in units.items() if unit in total.terms]
    unknown = [short_name(node) for node in flops.ruleless]
    if unknown:
        lines.append("FLOPs not known: " + ", ".join(dict.fromkeys(unknown)))
    return lines


def _said(spec: Spec | None) -> str:
    return "anything" if spec is None else str(spec)


def _has(config: Config, section: str) -> bool:
    node: Any = config
    for part in section.split("."):
        node = node.get(part) if is_dict(node) else None
    return is_dict(node)
