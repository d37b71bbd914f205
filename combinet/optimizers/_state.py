"""An optimizer's state as a file: safetensors, by path, checked whole before it is taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from .._replace import replacing
from ..errors import LoadError, SaveError
from ..types import Parameter

if TYPE_CHECKING:
    from .optimizer import Optimizer

FORMAT = 1
_FIELDS = {"format", "kind", "last_score", "rates", "sha256", "step", "updates"}


class Root(Protocol):
    """What has parameters: a Model."""

    def parameters(self) -> Iterable[Parameter]: ...


def to_bytes(optimizer: Optimizer, roots: Mapping[str, Root]) -> bytes:
    """Moments and averages as tensors ``root/path/slot``, the rest as JSON beside them."""
    rows = _named(roots)
    strays = optimizer.nr_update.keys() - {row.key for row in rows.values()}
    if strays:
        raise SaveError(
            f"the optimizer has trained {len(strays)} parameters that no root has",
            parameters=", ".join(sorted(optimizer.paths[key] for key in strays)),
            fix="name every root that it trains, or forget() the keys of parts taken out",
        )
    tensors = {
        f"{name}/{slot}": _on_host(kept[row.key])
        for name, row in rows.items()
        for slot, kept in _slots(optimizer).items()
        if row.key in kept
    }
    document: dict[str, Any] = {
        "format": FORMAT,
        "kind": _kind(optimizer),
        "last_score": optimizer.last_score,
        "rates": [rates.get_state() for rates in _all_rates(optimizer)],
        "step": optimizer.step,
        "updates": {name: optimizer.nr_update.get(row.key, 0) for name, row in rows.items()},
    }
    return _packed(document, tensors)


def from_bytes(optimizer: Optimizer, data: bytes, roots: Mapping[str, Root]) -> None:
    """Check everything, then take it."""
    document, tensors = _unpacked(data)
    rows = _named(roots)
    try:
        differences = _differences(optimizer, document, tensors, rows)
    except (AttributeError, KeyError, TypeError) as error:
        raise LoadError("the optimizer's state is not built as one", error=error) from error
    if differences:
        raise LoadError(
            f"the optimizer's state does not fit, in {len(differences)} points",
            differences="".join(f"\n    {line}" for line in differences),
            fix="make the optimizer and the models as they were when it was saved",
        )
    _take(optimizer, document, tensors, rows)


def to_disk(optimizer: Optimizer, path: Path | str, roots: Mapping[str, Root]) -> None:
    """Write a file that takes the place of the old one when it is whole and on the disk."""
    data = to_bytes(optimizer, roots)
    with replacing(path) as file:
        file.write(data)


def from_disk(optimizer: Optimizer, path: Path | str, roots: Mapping[str, Root]) -> None:
    """Read the file, then as from bytes."""
    from_bytes(optimizer, Path(path).read_bytes(), roots)


def _named(roots: Mapping[str, Root]) -> dict[str, Parameter]:
    """Parameters by ``root/path``; one that several roots share, by the first of them."""
    named: dict[str, Parameter] = {}
    seen: set[tuple[int, str]] = set()
    for root, model in roots.items():
        for row in model.parameters():
            if row.key not in seen:
                seen.add(row.key)
                named[f"{root}/{row.path}"] = row
    return named


def _slots(optimizer: Optimizer) -> dict[str, dict[Any, Any]]:
    slots = {"mom1": optimizer.mom1, "mom2": optimizer.mom2}
    return slots if optimizer.averages is None else {**slots, "average": optimizer.averages}


def _all_rates(optimizer: Optimizer) -> list[Any]:
    return [optimizer.rates, *optimizer.groups.rates]


def _kind(optimizer: Optimizer) -> dict[str, Any]:
    """The settings that a saved state must share with the optimizer that takes it."""
    return {
        "L2_is_weight_decay": optimizer.L2_is_weight_decay,
        "averages": optimizer.averages is not None,
        "freeze": [pattern.pattern for pattern in optimizer.groups.freeze],
        "groups": [pattern.pattern for pattern in optimizer.groups.patterns],
        "rule": optimizer.rule.name,
    }


def _differences(
    optimizer: Optimizer,
    document: Mapping[str, Any],
    tensors: Mapping[str, Any],
    rows: Mapping[str, Parameter],
) -> list[str]:
    saved, mine = document["kind"], _kind(optimizer)
    found = [
        f"{name}: saved with {saved.get(name)!r}, now {mine.get(name)!r}"
        for name in sorted(saved.keys() | mine.keys())
        if saved.get(name) != mine.get(name)
    ]
    if len(document["rates"]) == len(_all_rates(optimizer)):
        for number, rates in enumerate(_all_rates(optimizer)):
            owner = f"group {number}" if number else "optimizer"
            found += rates.differences(document["rates"][number], owner)
    updates = document["updates"]
    found += [f"{name}: not in the file" for name in sorted(rows.keys() - updates.keys())]
    found += [f"{name}: not in the roots" for name in sorted(updates.keys() - rows.keys())]
    for name in sorted(tensors):
        row = rows.get(name.rpartition("/")[0])
        if row is not None and tensors[name].shape != row.weights.shape:
            found.append(f"{name}: saved as {tensors[name].shape}, now {row.weights.shape}")
    return found


def _take(
    optimizer: Optimizer,
    document: Mapping[str, Any],
    tensors: Mapping[str, Any],
    rows: Mapping[str, Parameter],
) -> None:
    score = document["last_score"]
    optimizer.restore(document["step"], None if score is None else (score[0], score[1]))
    for rates, saved in zip(_all_rates(optimizer), document["rates"], strict=True):
        rates.set_state(saved)
    optimizer.forget(optimizer.nr_update)
    for name, row in rows.items():
        if document["updates"][name]:
            optimizer.nr_update[row.key] = document["updates"][name]
            optimizer.paths[row.key] = row.path
        for slot, kept in _slots(optimizer).items():
            if f"{name}/{slot}" in tensors:
                like: Any = row.weights
                kept[row.key] = np.array(tensors[f"{name}/{slot}"], like=like)


def _on_host(array: Any) -> Any:
    return np.ascontiguousarray(array.get() if hasattr(array, "get") else array)


def _packed(document: Mapping[str, Any], tensors: Mapping[str, Any]) -> bytes:
    import json

    from safetensors.numpy import save

    text = json.dumps({**document, "sha256": _digest(document, tensors)}, sort_keys=True)
    return save(dict(tensors), metadata={"combinet": text})


def _unpacked(data: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """The JSON and the tensors, after the checks that concern the file alone."""
    import json

    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        tensors: dict[str, Any] = load(data)
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        document = json.loads(header["__metadata__"]["combinet"])
        bare = {name: value for name, value in document.items() if name != "sha256"}
    except (SafetensorError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise LoadError("this is no saved state of an optimizer", error=error) from error
    if document.keys() != _FIELDS or document["format"] != FORMAT:
        raise LoadError(
            "this is no saved state of an optimizer, or one of a newer version",
            format=document.get("format"),
        )
    if document["sha256"] != _digest(bare, tensors) or _packed(bare, tensors) != data:
        raise LoadError(
            "the file is damaged: its contents do not have the checksum that it states",
            fix="load an older copy",
        )
    return document, tensors


def _digest(document: Mapping[str, Any], tensors: Mapping[str, Any]) -> str:
    import json
    from hashlib import sha256

    digest = sha256(json.dumps(document, sort_keys=True).encode())
    for name in sorted(tensors):
        array = tensors[name]
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
