"""Saving and loading 100 MB of weights: 25 linear layers of 1000 x 1000, wall time.

Files are read again right after they were written, so from the memory of the machine.
"""

from __future__ import annotations

import atexit
import io
import shutil
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from .peers.composed import Composed, both
from .workload import Arrays, Case, Entrant, Settings, Work, Workload

SIZE = 1000


def files_given(settings: Settings) -> dict[str, Any]:
    rng, depth = np.random.default_rng(0), settings["layers"]
    W, b = rng.standard_normal((depth, SIZE, SIZE), dtype="f"), np.zeros((depth, SIZE), "f")
    return {"W": W, "b": b}


def _folder() -> Path:
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _entrant(
    to_bytes: Callable[[], Any],
    from_bytes: Callable[[Any], object],
    to_disk: Callable[[Path], object],
    from_disk: Callable[[Path], object],
    weights: Callable[[Any], Any],
) -> Entrant:
    """Four functions of a library, and a look at the first weights that a load gave."""
    path, data = _folder() / "model", to_bytes()
    to_disk(path)

    def answers() -> dict[str, Any]:
        return {"from bytes": weights(from_bytes(data)), "from disk": weights(from_disk(path))}

    works = {
        "to bytes": Work(to_bytes),
        "from bytes": Work(lambda: from_bytes(data)),
        "to disk": Work(lambda: to_disk(path)),
        "from disk": Work(lambda: from_disk(path)),
    }
    return Entrant(works, answers)


def _composed(lib: Composed, settings: Settings, given: Arrays) -> Entrant:
    api = lib.api
    model, taker = [
        api.chain(*[api.Linear(SIZE, SIZE) for _ in given["W"]]).initialize() for _ in range(2)
    ]
    for layer, W, b in zip(model.layers, given["W"], given["b"], strict=True):
        layer.set_param("W", W)
        layer.set_param("b", b)
    return _entrant(
        model.to_bytes,
        taker.from_bytes,
        model.to_disk,
        taker.from_disk,
        lambda model: model.layers[0].get_param("W"),
    )


def _torch(settings: Settings, given: Arrays, variant: str) -> Entrant:
    torch: Any = import_module("torch")
    layers = [torch.nn.Linear(SIZE, SIZE) for _ in given["W"]]
    module = torch.nn.Sequential(*layers)
    taker = torch.nn.Sequential(*[torch.nn.Linear(SIZE, SIZE) for _ in layers])
    with torch.no_grad():
        for layer, W in zip(layers, given["W"], strict=True):
            layer.weight.copy_(torch.from_numpy(W))

    def to_bytes() -> bytes:
        file = io.BytesIO()
        torch.save(module.state_dict(), file)
        return file.getvalue()

    def take(file: Any) -> Any:
        taker.load_state_dict(torch.load(file))
        return taker

    return _entrant(
        to_bytes,
        lambda data: take(io.BytesIO(data)),
        lambda path: torch.save(module.state_dict(), path),
        take,
        lambda module: module[0].weight.detach().numpy(),
    )


def _safetensors(settings: Settings, given: Arrays, variant: str) -> Entrant:
    """The format alone, into new arrays; no checksum, no model."""
    library: Any = import_module("safetensors.numpy")
    tensors = {f"{i}/W": W for i, W in enumerate(given["W"])}
    tensors |= {f"{i}/b": b for i, b in enumerate(given["b"])}
    return _entrant(
        lambda: library.save(tensors),
        library.load,
        lambda path: library.save_file(tensors, path),
        library.load_file,
        lambda tensors: tensors["0/W"],
    )


WORKLOAD = Workload(
    name="files",
    cases=[
        Case("100 MB", {"layers": 25, "dropout": 0.0}, in_quick=False),
        Case("8 MB", {"layers": 2, "dropout": 0.0}),
    ],
    given=files_given,
    builders={**both(_composed), "torch": _torch, "safetensors": _safetensors},
    threads=(1,),
    clock="wall",
    variants=("eager",),
)
