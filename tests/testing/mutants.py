"""Layers with one mistake each: what the gradient check and the laws must catch."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from combinet.infer import rows
from combinet.initializers import glorot_uniform_init
from combinet.model import NO_DX, Model, Weight
from combinet.types import Floats2d

Backprop = Callable[[Model[Any, Any], Any, Any, Any], Any]


def affine(backprop: Backprop, forward: Callable[..., Any] | None = None) -> Model[Any, Any]:
    """``Y = X W' + b``, 4 wide on both sides, with this backprop."""
    return Model(
        "affine",
        forward or partial(_affine_forward, backprop),
        dims={"nO": 4, "nI": 4},
        params={"W": Weight(glorot_uniform_init, "nO", "nI"), "b": Weight(_ones, "nO")},
        infer=_infer_affine,
    )


def _ones(ops: Any, shape: tuple[int, ...]) -> Any:
    return np.ones(shape, dtype="float32")


def _infer_affine(model: Model[Any, Any], x: Any, y: Any) -> Any:
    return rows(model, "nI", x), rows(model, "nO", y)


def _affine_forward(backprop: Backprop, model: Model[Any, Any], X: Any, is_train: bool) -> Any:
    Y = X @ model.get_param("W").T + model.get_param("b")
    return Y, lambda dY: backprop(model, X, Y, dY)


def right(model: Model[Any, Any], X: Any, Y: Any, dY: Any) -> Any:
    model.inc_grad("W", dY.T @ X)
    model.inc_grad("b", dY.sum(axis=0))
    return dY @ model.get_param("W")


def flipped_sign(model: Model[Any, Any], X: Any, Y: Any, dY: Any) -> Any:
    return -right(model, X, Y, dY)


def scaled(model: Model[Any, Any], X: Any, Y: Any, dY: Any) -> Any:
    return 1.01 * right(model, X, Y, dY)


def slightly_scaled(model: Model[Any, Any], X: Any, Y: Any, dY: Any) -> Any:
    return (1 + 1e-5) * right(model, X, Y, dY)


def no_bias(model: Model[Any, Any], X: Any, Y: Any, dY: Any) -> Any:
    model.inc_grad("W", dY.T @ X)
    return dY @ model.get_param("W")


def averaged_bias(model: Model[Any, Any], X: Any, Y: Any, dY: Any) -> Any:
    model.inc_grad("W", dY.T @ X)
    model.inc_grad("b", dY.mean(axis=0))
    return dY @ model.get_param("W")


def transposed_weights(model: Model[Any, Any], X: Any, Y: Any, dY: Any) -> Any:
    model.inc_grad("W", X.T @ dY)
    model.inc_grad("b", dY.sum(axis=0))
    return dY @ model.get_param("W")


def transposed_input(model: Model[Any, Any], X: Any, Y: Any, dY: Any) -> Any:
    right(model, X, Y, dY)
    return dY @ model.get_param("W").T


def last_row_left_out(model: Model[Any, Any], X: Any, Y: Any, dY: Any) -> Any:
    right(model, X[:-1], Y[:-1], dY[:-1])
    return dY @ model.get_param("W")


def one_entry_off(model: Model[Any, Any], X: Any, Y: Any, dY: Any) -> Any:
    dX = right(model, X, Y, dY)
    dX[1, 2] += 0.001
    return dX


def not_a_number(model: Model[Any, Any], X: Any, Y: Any, dY: Any) -> Any:
    return right(model, X, Y, dY) * np.nan


def nothing_returned(model: Model[Any, Any], X: Any, Y: Any, dY: Any) -> Any:
    right(model, X, Y, dY)


def other_shape(model: Model[Any, Any], X: Any, Y: Any, dY: Any) -> Any:
    return right(model, X, Y, dY)[:-1]


def other_shape_of_bias(model: Model[Any, Any], X: Any, Y: Any, dY: Any) -> Any:
    model.inc_grad("W", dY.T @ X)
    model.set_grad("b", dY)
    return dY @ model.get_param("W")


def writes_into_dY(model: Model[Any, Any], X: Any, Y: Any, dY: Any) -> Any:
    dY *= 1.0
    return right(model, X, Y, dY)


def writes_into_X(model: Model[Any, Any], X: Any, Y: Any, dY: Any) -> Any:
    dX = right(model, X, Y, dY)
    X[:] = dX
    return dX


def writes_into_Y(model: Model[Any, Any], X: Any, Y: Any, dY: Any) -> Any:
    Y[:] = dY
    return right(model, X, Y, Y)


def writes_around_the_flag(model: Model[Any, Any], X: Any, Y: Any, dY: Any) -> Any:
    """As a kernel does that is handed a pointer."""
    address = Y.__array_interface__["data"][0]
    import ctypes

    ctypes.memset(address, 0, Y.nbytes)
    return right(model, X, Y, dY)


def replaces_the_gradient(model: Model[Any, Any], X: Any, Y: Any, dY: Any) -> Any:
    model.set_grad("W", dY.T @ X)
    model.set_grad("b", dY.sum(axis=0))
    return dY @ model.get_param("W")


def one_buffer_for_all_calls(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
    """A forward that keeps its input in an array it uses again at the next call."""
    W, b = model.get_param("W"), model.get_param("b")
    buffer = model.attrs.setdefault("buffer", np.zeros((5000, 4), dtype="float64"))[: len(X)]
    buffer[:] = X
    return X @ W.T + b, lambda dY: right(model, buffer.astype(X.dtype), None, dY)


def always_float32(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
    Y = (X @ model.get_param("W").T + model.get_param("b")).astype("float32")
    return Y, lambda dY: right(model, X, Y, dY)


def no_dX_and_no_gradients(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
    Y = X @ model.get_param("W").T + model.get_param("b")

    def backprop(dY: Any, *, need_dX: bool = True) -> Any:
        return right(model, X, Y, dY) if need_dX else NO_DX

    return Y, backprop


def in_training_another(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
    Y = X @ model.get_param("W").T + model.get_param("b") + is_train
    return Y, lambda dY: right(model, X, Y, dY)


def fails_on_nothing(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
    X.max()
    return _affine_forward(right, model, X, is_train)


def needs_contiguous(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
    X = np.frombuffer(X.base if X.base is not None else X, dtype=X.dtype)[: X.size].reshape(X.shape)
    return _affine_forward(right, model, X, is_train)


def forgetful_add(one: Model[Any, Any], two: Model[Any, Any]) -> Model[Floats2d, Floats2d]:
    """The sum of two layers, whose backprop forgets the second."""
    return Model("forgetful", _forgetful_forward, layers=[one, two])


def _forgetful_forward(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
    (Y1, backprop1), (Y2, _) = (layer(X, is_train) for layer in model.layers)
    return Y1 + Y2, backprop1


def window(shift: int) -> Model[Floats2d, Floats2d]:
    """Each row beside the one before it; ``shift`` 1 is right, others are off."""
    return Model("window", _window_forward, attrs={"shift": shift})


def _window_forward(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
    before = np.zeros_like(X)
    before[1:] = X[:-1]
    shift: int = model.attrs["shift"]

    def backprop(dY: Any) -> Any:
        here, there = dY[:, : X.shape[1]], dY[:, X.shape[1] :]
        dX = here.copy()
        dX[: len(X) - shift] += there[shift:]
        return dX

    return np.hstack([X, before]), backprop


def other_mask_in_backprop() -> Model[Floats2d, Floats2d]:
    """Dropout that draws anew in backprop."""
    return Model("other_mask", _other_mask_forward)


def _other_mask_forward(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
    Y = model.ops.dropout(X, 0.5, *model.next_draw())
    return Y, lambda dY: model.ops.backprop_dropout(dY, 0.5, *model.next_draw())
