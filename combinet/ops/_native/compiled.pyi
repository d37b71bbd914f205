"""The entries of the extension. Each does its whole job, or returns None and has done nothing.

An entry that returns no array returns True when it is done.
"""

from typing import Any, Literal

Done = Literal[True] | None

def instruction_set() -> str: ...
def instruction_sets() -> str: ...
def get_num_threads() -> int: ...
def set_num_threads(count: int, /) -> None: ...
def pooled_bytes() -> int: ...
def release_memory() -> None: ...

# dense.cpp
def prepare_dense(weights: Any, biases: Any, activations: Any, /) -> Any: ...
def dense_stack(stack: Any, X: Any, drops: Any, keep: bool, /) -> tuple[Any, Any] | None: ...
def backprop_dense_stack(
    stack: Any, dY: Any, X: Any, Y: Any, saved: Any, drops: Any, gradients: Any, need_dX: bool, /
) -> tuple[Any] | None: ...

# dropout.cpp
def dropout(X: Any, rate: float, key: int, draw: int, /) -> Any: ...

# embedding.cpp
def gather_add(table: Any, indices: Any, /) -> Any: ...
def scatter_add(table: Any, indices: Any, values: Any, /) -> Done: ...
def hash_embed(tables: Any, ids: Any, columns: Any, seeds: Any, /) -> tuple[Any, Any] | None: ...
def backprop_hash_embed(dY: Any, rows: Any, gradients: Any, /) -> Done: ...

# linear.cpp
def gemm(x: Any, y: Any, out: Any, trans1: bool, trans2: bool, add: bool, /) -> Any: ...
def affine(X: Any, W: Any, b: Any, /) -> Any: ...
def add_sum_rows(out: Any, X: Any, /) -> Done: ...

# loss.cpp
def cross_entropy(guesses: Any, truths: Any, divisor: float, /) -> tuple[Any, float] | None: ...

# lstm.cpp
def lstm(
    params: Any, H0: Any, C0: Any, X: Any, size_at_t: Any, /
) -> tuple[Any, Any, Any, Any] | None: ...
def backprop_lstm(
    dY: Any, params: Any, H0: Any, C0: Any, X: Any, size_at_t: Any, Y: Any, G: Any, C: Any, /
) -> tuple[Any, Any, Any, Any] | None: ...

# maxout.cpp
def maxout_norm(
    X: Any,
    W: Any,
    b: Any,
    G: Any,
    c: Any,
    window: int,
    lengths: Any,
    drop: Any,
    residual: bool,
    keep: bool,
    /,
) -> tuple[Any, Any] | None: ...
def backprop_maxout_norm(
    dY: Any,
    X: Any,
    saved: Any,
    W: Any,
    b: Any,
    G: Any,
    c: Any,
    gradients: Any,
    window: int,
    lengths: Any,
    drop: Any,
    residual: bool,
    need_dX: bool,
    /,
) -> tuple[Any] | None: ...

# reductions.cpp
def reduce_sum(X: Any, lengths: Any, mean: bool, /) -> Any: ...
def backprop_reduce_sum(dY: Any, lengths: Any, mean: bool, /) -> Any: ...
def reduce_max(X: Any, lengths: Any, /) -> tuple[Any, Any] | None: ...

# sparse.cpp
def sparse_linear(
    W: Any, b: Any, keys: Any, values: Any, lengths: Any, v1: bool, /
) -> tuple[Any, Any] | None: ...
def backprop_sparse_linear(
    dY: Any, W: Any, dW: Any, buckets: Any, values: Any, lengths: Any, v1: bool, need_dX: bool, /
) -> tuple[Any] | None: ...

# step.cpp
def prepare_step(weights: Any, gradients: Any, mom1: Any, mom2: Any, averages: Any, /) -> Any: ...
def take_step(
    table: Any, rule: str, settings: Any, clip_value: float, max_norm: float, /
) -> int | None: ...
