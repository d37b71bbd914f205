"""PyTorchRNNWrapper, PyTorchLSTM: recurrent PyTorch modules over Padded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..combinators import noop, with_padded
from ..errors import DimError, DTypeError, ShapeError
from ..infer import Spec, rows
from ..model import Model
from ..ops import Ops
from ..registry import registry
from ..types import ArgsKwargs, Floats2d, Padded
from ..util import claim
from ._wrapper import Convert, run_module
from .arrays import import_torch, torch2xp, xp2torch
from .torch_wrapper import PyTorchWrapper, arguments_of, arrays_of, as_gradient


@registry.layers("PyTorchLSTM.v1")
def PyTorchLSTM(
    nO: int, nI: int, *, bi: bool = False, depth: int = 1, dropout: float = 0.0
) -> Model[list[Floats2d], list[Floats2d]]:
    """torch's LSTM over sequences: ``with_padded(PyTorchRNNWrapper(torch.nn.LSTM(...)))``.

    Args:
        nO: Width of the output; of both directions together with ``bi``.
        nI: Width of the input.
        bi: Run a second LSTM from the end of each sequence to its start.
        depth: How many on top of each other; 0 gives ``noop``.
        dropout: Between those.

    Raises:
        DimError: ``nO`` is odd and there are two directions.
        MissingPackageError: PyTorch is not installed.
    """
    if depth == 0:
        return noop(of="list")
    if bi and nO % 2:
        raise DimError("two directions have an even nO", nO=nO)
    nH = nO // (2 if bi else 1)
    claim(numbers=4 * nO * (nI + nH + 2 + (depth - 1) * (nO + nH + 2)))
    lstm = import_torch().nn.LSTM(nI, nH, depth, bidirectional=bi, dropout=dropout)
    return with_padded(PyTorchRNNWrapper(lstm))


@registry.layers("PyTorchRNNWrapper.v1")
def PyTorchRNNWrapper(
    pytorch_model: Any,
    convert_inputs: Convert | None = None,
    convert_outputs: Convert | None = None,
) -> Model[Padded, Padded]:
    """A recurrent PyTorch module as a layer: ``module(X, None)[0]``.

    torch's own RNN, GRU and LSTM are run packed, so that no sequence sees its padding, or the
    others in its batch. Another module gets the data of the Padded, (steps, sequences, width).

    Args:
        pytorch_model: Takes the sequences and a state, returns (output, state).
        convert_inputs: See ``PyTorchWrapper``.
        convert_outputs: See ``PyTorchWrapper``.

    Shapes:
        X Padded of nI -> Y Padded of nO.
    """
    if not isinstance(pytorch_model, import_torch().nn.RNNBase):
        return PyTorchWrapper(
            pytorch_model, convert_inputs or _padded, convert_outputs or _first_as_padded
        )
    model: Model[Padded, Padded] = PyTorchWrapper(
        pytorch_model, convert_inputs or _packed, convert_outputs or _unpacked
    )
    directions = 2 if pytorch_model.bidirectional else 1
    model.set_dim("nI", pytorch_model.input_size)
    model.set_dim("nO", directions * (pytorch_model.proj_size or pytorch_model.hidden_size))
    model.replace_callbacks(_forward)
    model.infer = _infer
    return model


def _infer(model: Model[Any, Any], x: Spec | None, y: Spec | None) -> tuple[Spec, Spec]:
    """Padded of nI -> Padded of nO."""
    return (
        rows(model, "nI", x, rank=3, container="Padded"),
        rows(model, "nO", y, rank=3, container="Padded"),
    )


def _forward(
    model: Model[Padded, Padded], Xp: Padded, is_train: bool
) -> tuple[Padded, Callable[..., Padded]]:
    _check_padded(model, Xp)
    if _lengths(model, Xp):
        return run_module(model, Xp, is_train)
    # torch refuses sequences of nothing.
    nothing: Any = model.ops.alloc((*Xp.data.shape[:2], model.get_dim("nO")))

    def backprop(dYp: Padded) -> Padded:
        return _like(Xp, Xp.data * 0)

    return _like(Xp, nothing), backprop


def _packed(
    model: Model[Any, Any], Xp: Padded, is_train: bool
) -> tuple[ArgsKwargs, Callable[[ArgsKwargs], Padded]]:
    """The rows that are there as torch's PackedSequence, and no state."""
    shim: Any = model.shims[0]
    rnn, ops, lengths = import_torch().nn.utils.rnn, model.ops, _lengths(model, Xp)
    steps, columns, width = Xp.data.shape
    if width != model.get_dim("nI"):  # torch would read on past the end of the memory
        raise ShapeError(
            f"{model.name} takes rows of {model.get_dim('nI')} numbers, got rows of {width}",
            X=Xp.data.shape,
            fix="initialize() with a sample of the data that the model will see",
        )
    data = xp2torch(Xp.data, device=shim.device).to(shim.dtype)[:, : len(lengths)]
    gathered = rnn.pack_padded_sequence(data, lengths)
    leaf, sizes = gathered.data.requires_grad_(is_train), gathered.batch_sizes

    def get_dX(dXt: ArgsKwargs) -> Padded:
        return _like(Xp, _unpack(dXt.args[0][0], sizes, steps, columns, ops))

    return ArgsKwargs((rnn.PackedSequence(leaf, sizes), None), {}), get_dX


def _unpacked(
    model: Model[Any, Any], X_Yt: tuple[Padded, Any], is_train: bool
) -> tuple[Padded, Callable[[Padded], ArgsKwargs]]:
    Xp, (packed, _) = X_Yt
    rnn, lengths = import_torch().nn.utils.rnn, _lengths(model, Xp)
    steps, columns = Xp.data.shape[:2]
    Y = _unpack(packed.data.detach(), packed.batch_sizes, steps, columns, model.ops)

    def get_dYt(dYp: Padded) -> ArgsKwargs:
        dY = as_gradient(model, packed.data.new_empty(Y.shape), dYp.data)
        rows = rnn.pack_padded_sequence(dY[:, : len(lengths)], lengths).data
        return ArgsKwargs(((packed.data,),), {"grad_tensors": (rows,)})

    return _like(Xp, Y), get_dYt


def _unpack(data: Any, sizes: Any, steps: int, columns: int, ops: Ops) -> Any:
    """An array (steps, columns, width), zeros past the ends."""
    torch = import_torch()
    packed = torch.nn.utils.rnn.PackedSequence(data, sizes)
    rows, _ = torch.nn.utils.rnn.pad_packed_sequence(packed, total_length=steps)
    missing = columns - rows.shape[1]
    return torch2xp(torch.nn.functional.pad(rows, (0, 0, 0, missing)), ops=ops)


def _padded(
    model: Model[Any, Any], Xp: Padded, is_train: bool
) -> tuple[ArgsKwargs, Callable[[ArgsKwargs], Padded]]:
    """The data of the Padded, and no state."""
    _check_padded(model, Xp)
    (Xt, get_dX) = arguments_of(model, Xp.data, is_train)
    return ArgsKwargs((*Xt.args, None), {}), lambda dXt: _like(Xp, get_dX(dXt))


def _first_as_padded(
    model: Model[Any, Any], X_Yt: tuple[Padded, Any], is_train: bool
) -> tuple[Padded, Callable[[Padded], ArgsKwargs]]:
    Xp, Yt = X_Yt
    Y, get_dYt = arrays_of(model, (Xp, Yt[0]), is_train)
    return _like(Xp, Y), lambda dYp: get_dYt(dYp.data)


def _check_padded(model: Model[Any, Any], Xp: Any) -> None:
    if not isinstance(Xp, Padded):
        raise DTypeError(
            f"{model.name} takes a Padded, got {type(Xp).__name__}",
            fix="with_padded() around it takes any container of sequences",
        )


def _lengths(model: Model[Any, Any], Xp: Padded) -> list[int]:
    """Of the sequences that have any rows: they stand in front."""
    return [length for length in model.ops.to_numpy(Xp.lengths).tolist() if length]


def _like(Xp: Padded, data: Any) -> Padded:
    return Padded(data, Xp.size_at_t, Xp.lengths, Xp.indices)
