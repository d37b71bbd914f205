"""Random chains of built-in layers, for tests that compare two ways of running them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from combinet import (
    Dish,
    Dropout,
    Gelu,
    LayerNorm,
    Linear,
    Maxout,
    Mish,
    Model,
    Relu,
    Sigmoid,
    Softmax,
    Swish,
    chain,
    expand_window,
    freeze,
    glorot_uniform_init,
    recompute,
    residual,
)

Layer = Model[Any, Any]
DENSE = [Linear, Relu, Gelu, Swish, Mish, Dish, Sigmoid]


@st.composite
def compositions(draw: st.DrawFn, width: int) -> Layer:
    """A chain from rows ``width`` wide to rows as wide, chains and wrappers inside it."""
    count = draw(st.integers(2, 6))
    layers = [draw(_parts(width)) for _ in range(count)]
    if draw(st.booleans()):
        layers.append(Softmax(width, width, init_W=glorot_uniform_init))
    return _nested(draw, layers)


def _nested(draw: st.DrawFn, layers: list[Layer]) -> Layer:
    if len(layers) > 3 and draw(st.booleans()):
        cut = draw(st.integers(2, len(layers) - 2))
        return chain(chain(*layers[:cut]), chain(*layers[cut:]))
    return chain(*layers)


@st.composite
def _parts(draw: st.DrawFn, width: int) -> Layer:
    rate = draw(st.sampled_from([0.0, 0.3]))
    return draw(
        st.one_of(
            st.sampled_from(DENSE).map(lambda make: make(width, width)),
            st.sampled_from(DENSE).map(lambda make: make(width, width)),
            st.just(rate).map(Dropout),
            st.builds(LayerNorm, st.just(width)),
            st.builds(lambda: Maxout(width, width, 2)),
            st.builds(lambda: Relu(width, width, dropout=rate, normalize=True)),
            _around(width, rate),
        )
    )


@st.composite
def _around(draw: st.DrawFn, width: int, rate: float) -> Layer:
    normalize = draw(st.booleans())
    window = chain(
        expand_window(1), Maxout(width, 3 * width, 3, normalize=normalize, dropout=rate or None)
    )
    dense = chain(Relu(width + 1, width), Dropout(rate), Linear(width, width + 1))
    inside = draw(st.sampled_from([window, dense]))
    return draw(st.sampled_from([residual, freeze, recompute, residual]))(inside)
