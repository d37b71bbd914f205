"""Conv1d: a dense layer over windows of each sequence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, overload

from ..errors import ShapeError
from ..initializers import Initializer, glorot_uniform_init, zero_init
from ..model import NO_DX, Model, Weight
from ..registry import registry
from ..types import Floats2d, Padded, Ragged, Shape
from ._sequences import Sequences, infer_rows


@overload
def Conv1d(
    nO: int | None = None,
    nI: int | None = None,
    *,
    window_size: int = 1,
    init_W: Initializer | None = glorot_uniform_init,
    init_b: Initializer | None = zero_init,
    of: Literal["ragged"] = "ragged",
) -> Model[Ragged, Ragged]: ...
@overload
def Conv1d(
    nO: int | None = None,
    nI: int | None = None,
    *,
    window_size: int = 1,
    init_W: Initializer | None = glorot_uniform_init,
    init_b: Initializer | None = zero_init,
    of: Literal["list"],
) -> Model[list[Floats2d], list[Floats2d]]: ...
@overload
def Conv1d(
    nO: int | None = None,
    nI: int | None = None,
    *,
    window_size: int = 1,
    init_W: Initializer | None = glorot_uniform_init,
    init_b: Initializer | None = zero_init,
    of: Literal["padded"],
) -> Model[Padded, Padded]: ...
@registry.layers("Conv1d.v1")
def Conv1d(
    nO: int | None = None,
    nI: int | None = None,
    *,
    window_size: int = 1,
    init_W: Initializer | None = glorot_uniform_init,
    init_b: Initializer | None = zero_init,
    of: str = "ragged",
) -> Model[Any, Any]:
    """A convolution along each sequence: ``Y[i] = W [X[i - w], ..., X[i + w]] + b``.

    Past the ends of a sequence there are zeros, so the lengths stay.

    Args:
        nO: Width of the output; read from ``Y`` at initialize() when omitted.
        nI: Width of the input; read from ``X`` at initialize() when omitted.
        window_size: w, how many rows are seen on each side; the kernel has 2 w + 1. Lives in
            ``attrs["window_size"]``.
        init_W, init_b: Initializers of the two parameters.
        of: The container, for type checkers; each of them works at run time.

    Shapes:
        Sequences of rows, nI wide -> the same, nO wide; W (nO, (2 w + 1) nI), row by row of the
        window; b (nO,).

    Raises:
        ShapeError: Rows are not ``nI`` wide, or the window is negative.
        DTypeError: The input is one array, which does not say where its sequences end.

    Source:
        LeCun et al., Backpropagation Applied to Handwritten Zip Code Recognition, 1989.
    """
    if window_size < 0:
        raise ShapeError(f"a window takes 0 rows or more on each side, got {window_size}")
    return Model(
        "conv1d",
        _forward,
        dims={"nO": nO, "nI": nI},
        params={
            "W": Weight(init_W or glorot_uniform_init, "nO", "nI", shape_of=_shape),
            "b": Weight(init_b or zero_init, "nO"),
        },
        attrs={"window_size": window_size},
        infer=infer_rows,
    )


def _shape(model: Model[Any, Any]) -> Shape:
    rows = 2 * model.attrs["window_size"] + 1
    return (model.get_dim("nO"), rows * model.get_dim("nI"))


def _forward(model: Model[Any, Any], Xs: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    ops, W, b, w = model.ops, model.get_param("W"), model.get_param("b"), model.attrs["window_size"]
    seqs = Sequences(model, Xs, like=W[:, : model.get_dim("nI")])
    lengths = seqs.lengths
    windows = ops.seq2col(seqs.rows, w, lengths=lengths)  # (rows, (2 w + 1) nI)
    Y = ops.affine(windows, W, b)

    def backprop(dYs: Any, *, need_dX: bool = True) -> Any:
        dY = seqs.gradient(dYs, Y)
        ops.add_gemm(model.accumulator("W"), dY, windows, trans1=True)
        ops.add_sum_rows(model.accumulator("b"), dY)
        if not need_dX:
            return NO_DX
        return seqs.restore(ops.backprop_seq2col(ops.gemm(dY, W), w, lengths=lengths))

    return seqs.restore(Y), backprop
