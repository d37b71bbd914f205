"""A composed model as the config that rebuilds it, proven by building it and comparing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..config import Config
from ..errors import CombinetError, ConfigError
from ..paths import node_paths
from ..registry import registry
from .blocks import Blocks, unwritable
from .shared import NAME, places
from .twins import Twins, placed

if TYPE_CHECKING:
    from ..model import Model
    from ..registry.calls import Call

SECTION = "model"


def to_config(model: Model[Any, Any], *, sizes: bool) -> Config:
    """What ``Model.to_config`` does."""
    if model.made_by is None:
        raise unwritable(f"the model {model.name!r}", SECTION)
    config = Config({SECTION: _block(model, model.made_by)})
    twins = Twins(model, _built(config))
    if twins.again:
        config = _sharing(config, twins)
        twins = Twins(model, _built(config))
    if sizes:
        built_by = {call: node for node, call in twins.calls()}
        call: Any = twins.built.made_by
        config = Config({SECTION: Blocks(built_by).block(call, SECTION)})
        twins = Twins(model, _built(config))
    if twins.differences:
        raise ConfigError(
            "no config describes this model: the one of its constructors builds another",
            differences="".join(f"\n    {each}" for each in twins.differences),
            fix="give it to the constructor in place of changing it afterwards, or register a "
            "function that builds all of it: @registry.architectures(...)",
        )
    return config


def _block(model: Model[Any, Any], call: Call) -> dict[str, Any]:
    """The block of a model; an error says which of its layers cannot be written."""
    blocks = Blocks({})
    try:
        return blocks.block(call, SECTION)
    except ConfigError as error:
        if where := _unwritten(model, blocks.trail, error.what):
            error.facts["layer"] = where
        raise


def _unwritten(model: Model[Any, Any], trail: list[Call], what: str) -> str:
    """Name and path of the layer that stands for the last call, or that no call has made."""
    paths = node_paths(model)
    nodes = {node.made_by: node for node in reversed(paths)}
    holder = next((nodes[call] for call in reversed(trail) if call in nodes), None)
    if holder is None:
        return ""
    for node in holder.walk(order="dfs_pre"):
        if node.made_by is None and what.startswith(f"the model {node.name!r}"):
            holder = node
            break
    return placed(holder, paths.get(holder, ""))


def _sharing(config: Config, twins: Twins) -> Config:
    """The config with a block around it that puts one node where it describes several."""
    found = places(twins.built)
    same = {found[built]: found[first] for built, first in twins.again}
    block = {"@architectures": NAME, "same": same, "model": config[SECTION]}
    return Config({SECTION: block})


def _built(config: Config) -> Any:
    """What the text of a config builds."""
    try:
        return registry.resolve(Config().from_str(config.to_str()))[SECTION]
    except CombinetError as error:
        raise ConfigError(
            "the config that describes this model cannot be read back",
            reason=error,
            fix="annotate the arguments of registered functions with what configs can hold",
        ) from error
