"""Building the model that the config of an archive describes, which a stranger may have written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .._guards import is_dict, is_list, is_tuple
from ..config import Config
from ..config.scan import scan
from ..errors import ConfigError, LoadError
from ..model import Model, is_model
from ..registry import registry

#: What the config of an archive may name; a function of another kind could do anything.
ALLOWED = ("architectures", "layers", "initializers")
#: Nor may it name what reads files: those of the archive are all it may have.
READS_FILES = ("from_archive.v1", "pretrained_init.v1", "InitializerApplicator.v1")
#: Nor set what may be the path of a file.
FILE_ARGUMENTS = ("vectors",)


def model_of(text: str, file: str, *, trusted: bool) -> Model[Any, Any]:
    """Build the section ``[model]`` of a config, and nothing else of it.

    Args:
        text: Of the config.
        file: What errors call the place that it was read from.
        trusted: The config may name functions of any registry, and files.

    Raises:
        LoadError: There is no model in it, or it names what it may not.
    """
    if not trusted and scan(text).extends is not None:
        raise _refused("it extends another file")
    try:
        config = Config().from_str(text, file=file)
        if "model" not in config:
            raise ConfigError("there is no section [model]")
        for name in config.keys() - {"model"}:
            del config[name]
        if not trusted and (found := list(_forbidden(config["model"], "model"))):
            raise _refused("; ".join(found))
        built = registry.resolve(config)["model"]
    except ConfigError as error:
        raise LoadError(
            "the config of the archive does not build here",
            reason=error,
            fix="import the module that registers what it names first",
        ) from error
    if not is_model(built):
        raise LoadError(f"[model] of the archive gives {type(built).__name__}, not a Model")
    return built


def _forbidden(value: Any, path: str) -> Iterator[str]:
    """Each block that an untrusted config may not have."""
    if is_dict(value):
        for key, inner in value.items():
            kind = str(key).removeprefix("@")
            names_function = kind != key and (kind not in ALLOWED or inner in READS_FILES)
            if names_function or (key in FILE_ARGUMENTS and isinstance(inner, str)):
                yield f"[{path}] has {key} = {inner!r}"
            yield from _forbidden(inner, f"{path}.{key}")
    elif is_list(value) or is_tuple(value):
        for inner in value:
            yield from _forbidden(inner, path)


def _refused(why: str) -> LoadError:
    return LoadError(
        f"the config of the archive does what a stranger's may not: {why}",
        allowed=", ".join(ALLOWED),
        fix="if you know who made it, load it with trusted=True",
    )
