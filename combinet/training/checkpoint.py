"""Checkpoints: where a training stands, in one file, so that it goes on after a kill."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .._guards import is_dict
from .._replace import replacing
from ..errors import CombinetError, LoadError
from ..optimizers import Optimizer
from ..serialize.files import naming_file
from ..serialize.safetensors_file import digest_of, pack, unpack
from ._kept import Kept, networks_of, shims_of

if TYPE_CHECKING:
    from .trainer import Trainer

FILE = "checkpoint.safetensors"
_NAME = "training"
_FIELDS = {"best_epoch", "best_metrics", "epoch", "order"}


def refuse_what_cannot_go_on(trainer: Trainer) -> None:
    """Raise where a checkpoint would lack something.

    Raises:
        CombinetError: The optimizer or the task has a state that nobody can ask for.
    """
    if not isinstance(trainer.optimizer, Optimizer):
        raise CombinetError(
            "serialization_dir needs an optimizer of combinet, whose state it can keep",
            fix="use combinet.Adam and its like, or leave out serialization_dir",
        )
    if not networks_of(trainer.model):
        raise CombinetError(
            f"serialization_dir needs a task with networks, not {type(trainer.model).__name__}",
            fix="train a Model or a combinet.training.Task, or leave out serialization_dir",
        )


def write_checkpoint(trainer: Trainer, path: Path) -> None:
    """Keep where the trainer stands; the old file stays until the new one is whole.

    Raises:
        SaveError: A network holds what no file can.
    """
    tensors = {name: np.frombuffer(data, "uint8") for name, data in _parts(trainer).items()}
    for number, shim in enumerate(shims_of(trainer.model)):
        own: Any = getattr(shim, "optimizer_arrays", dict[str, Any])()
        tensors |= {f"own/{number}/{name}": array for name, array in own.items()}
    if trainer.best is not None:
        tensors |= {f"best/{name}": _host(x) for name, x in trainer.best.tensors().items()}
    document = {
        "best_epoch": trainer.best_epoch,
        "best_metrics": json.dumps(trainer.best_metrics, default=float),
        "epoch": trainer.epoch,
        "order": getattr(trainer.data_loader, "epoch", None),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    before, zeros, *after = pack(tensors, {_NAME: document})
    with replacing(path) as file:
        file.writelines((before, digest_of((before, zeros, *after)), *after))


def read_checkpoint(trainer: Trainer, path: Path) -> None:
    """Let the trainer stand where that one did; on an error it stays where it is.

    Raises:
        LoadError: The file is damaged, or that of another network or optimizer.
    """
    with naming_file(path):
        structure, stored = unpack(path.read_bytes())
        document = structure.get(_NAME)
        if not is_dict(document) or document.keys() != _FIELDS:
            raise LoadError("this is no checkpoint, or one of another version")
        tensors = {name: each.array() for name, each in stored.items()}
        _take_whole(trainer, tensors)
    for number, shim in enumerate(shims_of(trainer.model)):
        if own := _below(f"own/{number}/", tensors):
            known: Any = shim
            known.load_optimizer_arrays(own)
    if best := _below("best/", tensors):
        trainer.best = Kept(trainer.model)
        trainer.best.take(best)
    trainer.epoch, trainer.best_epoch = document["epoch"], document["best_epoch"]
    trainer.best_metrics = json.loads(document["best_metrics"])
    if document["order"] is not None:
        loader: Any = trainer.data_loader
        loader.epoch = document["order"]


def _parts(trainer: Trainer) -> dict[str, bytes]:
    """The files of the networks and of the optimizer."""
    networks = networks_of(trainer.model)
    optimizer: Any = trainer.optimizer
    files = {f"network/{name}": network.to_bytes() for name, network in networks.items()}
    return {**files, "optimizer": optimizer.to_bytes(networks)}


def _take_whole(trainer: Trainer, tensors: Mapping[str, Any]) -> None:
    """``_take_parts``, all of it or nothing."""
    before = _parts(trainer)
    try:
        _take_parts(trainer, tensors)
    except BaseException:
        _take_parts(trainer, {n: np.frombuffer(data, "uint8") for n, data in before.items()})
        raise


def _take_parts(trainer: Trainer, tensors: Mapping[str, Any]) -> None:
    networks = networks_of(trainer.model)
    optimizer: Any = trainer.optimizer
    saved = {name for name in tensors if name.startswith("network/")}
    if saved != {f"network/{name}" for name in networks}:
        raise LoadError("the networks are others", saved=sorted(saved), here=sorted(networks))
    for name, network in networks.items():
        network.from_bytes(tensors[f"network/{name}"].tobytes())
    optimizer.from_bytes(tensors["optimizer"].tobytes(), networks)


def _below(prefix: str, tensors: Mapping[str, Any]) -> dict[str, Any]:
    return {n.removeprefix(prefix): x for n, x in tensors.items() if n.startswith(prefix)}


def _host(array: Any) -> Any:
    return np.asarray(array.get() if hasattr(array, "get") else array, order="C")
