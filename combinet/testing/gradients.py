"""assert_is_gradient: does backprop compute the gradient of what forward computes?

In float64, along one random direction for the input and one for every parameter, the
change of the output is measured by differences and compared with what backprop says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, overload

from ..losses import Loss
from ..model import Model
from ._contracts import compare_with_declared, gives_gradient_of_logits, what_else
from ._differences import agrees, wrong_gradient
from ._run import Run
from ._scores import LogitSum, LossValue, RandomSum, Score
from ._values import lock, to_floats

In = TypeVar("In")
Out = TypeVar("Out")


@overload
def assert_is_gradient(
    model: Model[In, Any],
    X: In,
    /,
    *,
    rtol: float = 1e-6,
    seed: int = 0,
    jitter: float = 0.1,
) -> None: ...
@overload
def assert_is_gradient(
    function: Callable[[In], tuple[Any, Callable[[Any], Any]]],
    X: In,
    /,
    *,
    rtol: float = 1e-6,
    seed: int = 0,
    jitter: float = 0.1,
) -> None: ...
@overload
def assert_is_gradient(
    model: Model[In, Out],
    loss: Loss[Out, Any] | Callable[[Out, Any], tuple[Out, float]],
    X: In,
    Y: Any,
    /,
    *,
    rtol: float = 1e-6,
    seed: int = 0,
    jitter: float = 0.1,
) -> None: ...
def assert_is_gradient(
    function: Any, *data: Any, rtol: float = 1e-6, seed: int = 0, jitter: float = 0.1
) -> None:
    """Check that backprop gives the gradient of forward, for the input and each parameter.

    ``assert_is_gradient(model, X)`` checks a model on a copy in float64, itself unchanged; a
    new one is initialized there. What counts as right is what the model declares: the exact
    gradient, one "of logits", or what a function makes of the exact one. A plain function
    ``f(X) -> (Y, backprop)`` will do as well.

    ``assert_is_gradient(model, loss, X, Y)`` goes from end to end: does the step that training
    takes follow the slope of the value that the loss reports?

    Dropout draws the same masks at every run. X and dY are passed read-only. A small batch in
    any container is enough.

    Args:
        rtol: How far the two may differ, as a part of the norm of the gradient.
        seed: Of the directions.
        jitter: Standard deviation of the noise put on all parameters before, so that biases
            of 0 and scales of 1 hide no mistake; 0 checks the very weights that are there.

    Raises:
        WrongGradient: Which parameter or input is off, by how much, and both numbers.

    Example:
        >>> import numpy as np
        >>> from combinet.testing import assert_is_gradient
        >>> def double(X):
        ...     return 2 * X, lambda dY: 2 * dY
        >>> assert_is_gradient(double, np.ones((2, 3)))
    """
    loss, X, truth = data if len(data) == 3 else (None, *data, None)
    run = Run(function, lock(to_floats(X, "float64")), truth, seed=seed, jitter=jitter)
    score = _score(run, loss, truth)
    variables = run.variables(score)
    if run.model is not None and callable(run.model.gradient) and loss is None:
        compare_with_declared(run, score, variables, rtol)
        return
    for variable in variables:
        if not agrees(run, score, variable, rtol):
            raise wrong_gradient(run, score, variable, rtol, fix=what_else(run.model, loss))


def _score(run: Run, loss: Any, truth: Any) -> Score:
    Y = run.output()
    if loss is not None:
        return LossValue(loss, truth)
    if run.model is not None and gives_gradient_of_logits(run, run.model):
        return LogitSum(Y, run.random, run.xp)
    return RandomSum(Y, run.random, run.xp)
