"""What kernels do together: forwards with their backwards, at any size.

The table of ops calls a backward with what the reference's forward saved; here both are of the
same backend, as in training.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ops.native.recording import ROWS, run
from tests.ops.native.scene import DROP, Scene
from tests.ops.native.scenes_fused import FUSED
from tests.ops.row import Draw, Row


def _products() -> list[Scene]:
    def gemm(trans1: bool, trans2: bool) -> Scene:
        def make(d: Draw, n: int, width: int) -> tuple[Any, ...]:
            x = d.floats(*((width, n) if trans1 else (n, width)))
            columns = min(n // 2, 150)
            y = d.floats(*((columns, width) if trans2 else (width, columns)))
            return x, y, d.floats(n, columns)

        def play(ops: Any, x: Any, y: Any, out: Any) -> Any:
            added = ops.add_gemm(out.copy(), x, y, trans1, trans2)
            written = ops.gemm(x, y, out, trans1, trans2)
            return [ops.gemm(x, y, None, trans1, trans2), written, added]

        return Scene(f"gemm {trans1} {trans2}", make, play, linear=True)

    def affine(d: Draw, n: int, width: int) -> tuple[Any, ...]:
        return d.floats(n, width), d.floats(width + 2, width), d.floats(width + 2)

    return [
        *(gemm(trans1, trans2) for trans1 in (False, True) for trans2 in (False, True)),
        Scene("affine", affine, lambda ops, *args: ops.affine(*args), linear=True),
        Scene(
            "add_sum_rows",
            lambda d, n, width: (d.floats(width), d.floats(n, width)),
            lambda ops, out, X: ops.add_sum_rows(out, X),
            linear=True,
        ),
    ]


def _sequences() -> list[Scene]:
    def rows(d: Draw, n: int, width: int) -> tuple[Any, ...]:
        lengths = d.lengths(n)
        return d.floats(n, width), d.floats(len(lengths), width), lengths

    def sums(ops: Any, X: Any, dY: Any, lengths: Any) -> Any:
        back = ops.backprop_reduce_sum(dY, lengths), ops.backprop_reduce_mean(dY, lengths)
        return [ops.reduce_sum(X, lengths), ops.reduce_mean(X, lengths), *back]

    def filled(d: Draw, n: int, width: int) -> tuple[Any, ...]:
        return d.floats(n, width), d.lengths(n, empty=False)

    return [
        Scene("sums of sequences", rows, sums, linear=True),
        Scene("maxima of sequences", filled, lambda ops, *args: ops.reduce_max(*args)),
    ]


def _tables() -> list[Scene]:
    def lookup(d: Draw, n: int, width: int) -> tuple[Any, ...]:
        rows, places = d.ints(9, n, 5), d.ints(11, n) - 2
        return d.floats(9, width), rows, d.floats(9, width), places, d.floats(n, width)

    def look_up(ops: Any, table: Any, rows: Any, into: Any, places: Any, values: Any) -> Any:
        places = np.minimum(places, 8)
        few = ops.gather_add(table, rows[:, :2].copy())
        return [ops.gather_add(table, rows), few, ops.scatter_add(into, places, values)]

    def hashed(d: Draw, n: int, width: int) -> tuple[Any, ...]:
        tables = [d.floats(5, width), d.floats(64, 3), d.floats(1, width + 1)]
        into = [d.floats(*table.shape) for table in tables]
        return tables, d.keys(n, 4), d.floats(n, 2 * width + 4), into

    def hash_embed(ops: Any, tables: Any, ids: Any, dY: Any, into: Any) -> Any:
        Y, rows = ops.hash_embed(tables, ids, [3, 0, 0], [7, 2**32 - 1, 0])
        part, _ = ops.hash_embed(tables[:1], ids[:, 1:3], [1], [1])
        ops.backprop_hash_embed(dY, rows, into)
        return [Y, rows, part, into]

    return [
        Scene("lookup", lookup, look_up, linear=True),
        Scene("hash embed", hashed, hash_embed, linear=True),
    ]


def _features() -> list[Scene]:
    def features(v1: bool) -> Scene:
        def make(d: Draw, n: int, width: int) -> tuple[Any, ...]:
            classes, lengths = 3, d.lengths(n)
            length = 16 if v1 else width + 1
            W, b = d.floats(classes * length), d.floats(classes)
            dY = d.floats(len(lengths), classes)
            return W, b, d.keys(n), d.floats(n), lengths, dY, d.floats(classes * length)

        def play(
            ops: Any, W: Any, b: Any, keys: Any, values: Any, lengths: Any, dY: Any, dW: Any
        ) -> Any:
            Y, buckets = ops.sparse_linear(W, b, keys, values, lengths, v1_indexing=v1)
            args = dY, W, dW, buckets, values, lengths
            dX = ops.backprop_sparse_linear(*args, v1_indexing=v1)
            ops.backprop_sparse_linear(*args, v1_indexing=v1, need_dX=False)
            return [Y, buckets, dX, dW]

        return Scene(f"sparse linear {'v1' if v1 else ''}", make, play, linear=True)

    return [features(False), features(True)]


def _losses() -> list[Scene]:
    def labels(dtype: str) -> Scene:
        def make(d: Draw, n: int, width: int) -> tuple[Any, ...]:
            return d.positive(n, width + 1), d.ints(width + 1, n).astype(dtype)

        return Scene(f"labels {dtype}", make, lambda ops, Y, t: list(ops.cross_entropy(Y, t, 7)))

    return [
        labels("int32"),
        labels("int64"),
        labels("uint64"),
        Scene(
            "truths",
            lambda d, n, width: (d.positive(n, width), d.positive(n, width)),
            lambda ops, Y, T: list(ops.cross_entropy(Y, T, 7)),
        ),
        Scene(
            "dropout",
            lambda d, n, width: (d.floats(n, width),),
            lambda ops, X: [ops.dropout(X, *DROP), ops.backprop_dropout(X, 1.0, 3, 4)],
        ),
    ]


def _one_op() -> list[Scene]:
    """The rows of the table of which the arguments are floats of one shape, at any width."""
    scenes: list[Scene] = []
    for row in ROWS:
        args = row.make(Draw(), 7)
        count = len(args)
        if [getattr(arg, "dtype", None) for arg in args] != ["float64"] * count:
            continue
        if {arg.shape for arg in args} != {(7, 4)} or row.op == "cross_entropy":
            continue

        def make(d: Draw, n: int, width: int, count: int = count, row: Row = row) -> Any:
            kind = d.positive if row.op == "backprop_softmax" else d.floats
            return tuple(kind(n, width) for _ in range(count))

        def play(ops: Any, *args: Any, row: Row = row) -> Any:
            return [run(ops, row, args)]

        scenes.append(Scene(str(row), make, play))
    return scenes


def _norms() -> list[Scene]:
    def parts(d: Draw, n: int, width: int) -> tuple[Any, ...]:
        width += 9
        rows, vectors = [d.floats(n, width) for _ in range(2)], [d.floats(width) for _ in range(4)]
        return *rows, *vectors

    def layer_norm(ops: Any, X: Any, dY: Any, G: Any, b: Any, dG: Any, db: Any) -> Any:
        Y, stats = ops.layer_norm(X, G, b)
        return [Y, ops.backprop_layer_norm(dY, X, G, stats, dG, db), dG, db]

    def rms_norm(ops: Any, X: Any, dY: Any, G: Any, b: Any, dG: Any, db: Any) -> Any:
        Y, scale = ops.rms_norm(X, G)
        return [Y, ops.backprop_rms_norm(dY, X, G, scale, dG), dG]

    return [Scene("layer norm", parts, layer_norm), Scene("rms norm", parts, rms_norm)]


def _rest(played: set[str]) -> list[Scene]:
    """What no other scene plays, as the table of ops calls it."""

    def scene(row: Row) -> Scene:
        def play(ops: Any, *args: Any) -> Any:
            return [run(ops, row, args), *(args[i] for i in row.writes)]

        return Scene(f"{row} of the table", lambda d, n, width: row.make(d, n), play)

    recurrent = ("lstm", "backprop_lstm", "gru", "backprop_gru")
    of_any_size = [row for row in ROWS if not row.op.startswith(recurrent)]
    return [scene(row) for row in of_any_size if row.op not in played]


PLAYED = set(
    """add_gemm add_sum_rows affine backprop_dense_stack backprop_dropout backprop_hash_embed
    backprop_layer_norm backprop_maxout_norm backprop_reduce_mean backprop_reduce_sum
    backprop_rms_norm backprop_sparse_linear cross_entropy dense_stack dropout gather_add gemm
    hash_embed layer_norm maxout_norm reduce_max reduce_mean reduce_sum rms_norm scatter_add
    sparse_linear take_step""".split()
)

SCENES = [
    *_products(),
    *FUSED,
    *_sequences(),
    *_tables(),
    *_features(),
    *_losses(),
    *_norms(),
    *_one_op(),
]
# A scene whose name begins with maxout plays maxout_norm.
SCENES += _rest((PLAYED | {scene.name.partition(" ")[0] for scene in SCENES}) - {"maxout"})
