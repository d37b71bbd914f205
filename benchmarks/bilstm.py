"""A tagger over a bidirectional LSTM: 32 sequences of about 20 steps, 100 wide in, 128 out.

Thinc gets its native LSTM. The gradients of that are known to be wrong, so only its outputs are
compared; torch gets its sequences padded and sorted ready.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np

from .peers.composed import Composed, both
from .peers.with_torch import TorchModule, copy_in
from .workload import Arrays, Case, Entrant, Settings, Workload

SEQUENCES, WIDTH, HIDDEN, CLASSES = 32, 100, 64, 17
TORCH_GATES = [1, 0, 3, 2]  # torch: i, f, g, o; ours and Thinc's: f, i, o, g
PIECES = {"Wx": "weight_ih", "bx": "bias_ih", "Wh": "weight_hh", "bh": "bias_hh"}


def bilstm_given(settings: Settings) -> dict[str, Any]:
    """Pieces such as Wx00, layer 0 forward, gates f, i, o, g; sequences by falling length."""
    rng = np.random.default_rng(0)
    drawn: Any = np.clip(rng.poisson(20, SEQUENCES), 3, 25)
    lengths = np.sort(drawn)[::-1].astype("int32")
    rows = int(lengths.sum())
    given: dict[str, Any] = {
        "lengths": lengths,
        "X": rng.standard_normal((rows, WIDTH), dtype="f"),
        "y": rng.integers(0, CLASSES, rows),
        "W_out": rng.standard_normal((CLASSES, 2 * HIDDEN), dtype="f") * np.float32(0.1),
        "b_out": np.zeros(CLASSES, "f"),
    }
    for layer in range(settings["depth"]):
        for way in range(2):
            width = 2 * HIDDEN if layer else WIDTH
            for name, shape in _shapes(width).items():
                values = rng.uniform(-0.125, 0.125, shape).astype("f")
                given[f"{name}{layer}{way}"] = values
    return given


def _shapes(width: int) -> dict[str, tuple[int, ...]]:
    bias = (4, HIDDEN)
    return {"Wx": (4, HIDDEN, width), "bx": bias, "Wh": (4, HIDDEN, HIDDEN), "bh": bias}


def _composed(lib: Composed, settings: Settings, given: Arrays) -> Entrant:
    api, depth = lib.api, settings["depth"]
    lstm = api.LSTM(2 * HIDDEN, WIDTH, bi=True, depth=depth)
    softmax = api.Softmax(CLASSES, 2 * HIDDEN)
    model = api.chain(api.with_padded(lstm), api.with_array(softmax))
    X = api.Ragged(given["X"], given["lengths"])
    model.initialize(X=X)
    names = [f"{name}{layer}{way}" for layer in range(depth) for way in range(2) for name in PIECES]
    flat = {**given, "LSTM": np.concatenate([given[name].ravel() for name in names])}
    places = [(lstm, "LSTM", "LSTM"), (softmax, "W", "W_out"), (softmax, "b", "b_out")]
    gradient = lib.over_rows(lib.gradient_of_loss(given["y"], CLASSES))
    unchecked = () if lib.is_combinet else ("LSTM",)
    entrant = lib.entrant(
        model, X, gradient, places, flat, rows=lambda Yr: Yr.dataXd, unchecked=unchecked
    )

    def answers() -> dict[str, Any]:
        found = dict(entrant.answers())
        whole = found.pop("dLSTM", None)
        if whole is None:
            return found
        ends = np.cumsum([given[name].size for name in names])[:-1]
        return found | {f"d{n}": part for n, part in zip(names, np.split(whole, ends), strict=True)}

    return replace(entrant, answers=answers)


def _torch(settings: Settings, given: Arrays, variant: str) -> Entrant:
    torch: Any = import_module("torch")
    nn, rnn, depth, lengths = torch.nn, torch.nn.utils.rnn, settings["depth"], given["lengths"]
    lstm = nn.LSTM(WIDTH, HIDDEN, depth, bidirectional=True)
    softmax = nn.Linear(2 * HIDDEN, CLASSES)
    parameters: dict[str, Any] = {"W_out": softmax.weight, "b_out": softmax.bias}
    for layer in range(depth):
        for way, suffix in enumerate(("", "_reverse")):
            for name, theirs in PIECES.items():
                parameters[f"{name}{layer}{way}"] = getattr(lstm, f"{theirs}_l{layer}{suffix}")
    gated = [name for name in parameters if name not in ("W_out", "b_out")]
    copy_in(parameters, {**given, **{name: given[name][TORCH_GATES] for name in gated}})
    ends, by_time = np.cumsum(lengths)[:-1], _by_time(lengths)
    X = rnn.pad_sequence([torch.from_numpy(part) for part in np.split(given["X"], ends)])
    y, counts = torch.from_numpy(given["y"][by_time]), torch.from_numpy(lengths.astype("int64"))

    def forward(module: Any, X: Any) -> Any:
        return softmax(lstm(rnn.pack_padded_sequence(X, counts))[0].data)

    def as_given(name: str, array: Any) -> Any:
        return array.reshape(given[name].shape)[TORCH_GATES] if name in gated else array

    def loss(logits: Any) -> Any:
        return nn.functional.cross_entropy(logits, y)

    made = TorchModule(
        nn.ModuleList([lstm, softmax]),
        forward,
        (X,),
        loss,
        parameters,
        as_given=as_given,
        in_order=lambda Y: Y[np.argsort(by_time)],
    )
    return made.entrant(variant)


def _by_time(lengths: Any) -> Any:
    """Where the rows of packed sequences, all first steps first, stand one after another."""
    starts = np.cumsum(lengths) - lengths
    steps = [starts[lengths > t] + t for t in range(int(lengths.max()))]
    return np.concatenate(steps)


WORKLOAD = Workload(
    name="bilstm",
    cases=[
        Case(f"depth {depth}", {"depth": depth, "dropout": 0.0}, depth == 1) for depth in (1, 2)
    ],
    given=bilstm_given,
    builders={**both(_composed), "torch": _torch},
    bars={"train": {"thinc": 4.5, "torch": 2.5}},
    variants=("eager", "no BLIS", "fused"),
)
