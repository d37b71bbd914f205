"""One row for each op: arguments to call it with, so that every backend can be compared.

``Row.make(draw, n)`` gives the arguments in float64 for ``n`` rows, which may be none; a dict
at their end holds those that go by keyword. The ops that write into an argument name it in
``writes``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from combinet.ops import Ops
from tests.ops.row import Args, Draw, Row
from tests.ops.table_fused import rows_of_fused
from tests.ops.table_modern import rows_of_modern_ops
from tests.ops.table_training import rows_of_activations, rows_of_softmax, rows_of_training


def _which(d: Draw, n: int) -> Args:
    lengths = d.lengths(n, empty=False)
    which = d.rng.integers(0, lengths[:, None], (len(lengths), 3)).astype("int32")
    return d.floats(len(lengths), 3), which, lengths


def _features(d: Draw, n: int) -> Args:
    lengths = d.lengths(n)
    return d.floats(3 * 16), d.floats(3), d.keys(n), d.floats(n), lengths


def _features_back(d: Draw, n: int) -> Args:
    lengths, buckets = d.lengths(n), d.ints(16, n, 2).astype("uint32")
    W = d.floats(3 * 16)
    return d.floats(len(lengths), 3), W, d.floats(3 * 16), buckets, d.floats(n), lengths


def _pooled(d: Draw, n: int) -> Args:
    lengths = d.lengths(n)
    return d.floats(len(lengths), 3), d.ints(5, n, 4), lengths, d.floats(5, 3)


def _padded(d: Draw, n: int) -> Args:
    return (Ops().list2padded(d.sequences(n)),)


def _firsts(d: Draw, n: int) -> Args:
    starts_ends = np.concatenate([[0], np.cumsum(d.lengths(n, empty=False))]).astype("int32")
    return d.floats(len(starts_ends) - 1, 3), starts_ends


def _lasts(d: Draw, n: int) -> Args:
    lasts = (np.cumsum(d.lengths(n, empty=False)) - 1).astype("int32")
    return d.floats(len(lasts), 3), lasts


def _flat(d: Draw, n: int) -> Args:
    lengths = d.lengths(n)
    return d.floats(n + 2 * int((lengths > 0).sum()) + 2, 3), lengths


def _rows_of_arrays() -> list[Row]:
    """The many names of alloc, reshape and asarray."""
    rows = [
        Row("alloc", lambda d, n: ((n, 2),), (("dtype", "int64"),), keeps_dtype=False),
        Row("reshape", lambda d, n: (d.floats(n, 6), (n * 3, 2))),
        Row("asarray", lambda d, n: (d.floats(n, 2),)),
        Row("as_contig", lambda d, n: (d.floats(n, 3, 2),)),
        Row("to_numpy", lambda d, n: (d.floats(n, 3),)),
        Row("to_numpy", lambda d, n: (d.ints(9, n),), (("byte_order", ">"),)),
        Row("tile", lambda d, n: (d.floats(n, 2), (2, 3))),
    ]
    for kind in "fi":
        shapes = [(), (2,), (2, 3), (2, 3, 1)]
        for rank, rest in enumerate(shapes, start=1):
            array = "floats" if kind == "f" else "ints"
            limit = () if kind == "f" else (9,)

            def shape(d: Draw, n: int, rest: Any = rest) -> Args:
                return (n, *rest)

            def flat(
                d: Draw, n: int, rest: Any = rest, array: Any = array, limit: Any = limit
            ) -> Args:
                size = n * int(np.prod(rest, dtype=int))
                return getattr(d, array)(*limit, size), n, *rest

            def whole(
                d: Draw, n: int, rest: Any = rest, array: Any = array, limit: Any = limit
            ) -> Args:
                return (getattr(d, array)(*limit, n, *rest),)

            rows.append(Row(f"alloc{rank}{kind}", shape, keeps_dtype=False))
            rows.append(Row(f"reshape{rank}{kind}", flat))
            rows.append(Row(f"asarray{rank}{kind}", whole, keeps_dtype=False))
            if kind == "f":
                rows.append(Row(f"reshape{rank}", flat))
        rows.append(Row(f"alloc_{kind}", lambda d, n: ((n, 2),), keeps_dtype=False))
        rows.append(Row(f"asarray_{kind}", lambda d, n: (d.ints(9, n),), keeps_dtype=False))
        rows.append(Row(f"reshape_{kind}", lambda d, n: (d.floats(n, 4), (n * 2, 2))))
    return rows


def _rows_of_sequences() -> list[Row]:
    return [
        Row("flatten", lambda d, n: (d.sequences(n),)),
        Row("flatten", lambda d, n: (d.sequences(n),), (("pad", 2),)),
        Row("unflatten", lambda d, n: (d.floats(n, 3), d.lengths(n))),
        Row("unflatten", _flat, (("pad", 2),)),
        Row("pad", lambda d, n: (d.sequences(n),)),
        Row("pad", lambda d, n: (d.sequences(n),), (("round_to", 4),)),
        Row("unpad", lambda d, n: (d.floats(4, n, 3), np.asarray([n, 0, n // 2, n]))),
        Row("insert_into", lambda d, n: ((6, n + 1, 3), d.sequences(n)[:6])),
        Row("list2padded", lambda d, n: (d.sequences(n),)),
        Row("list2padded", lambda d, n: ([d.floats(n, 2)] * 3,)),
        Row("padded2list", _padded),
        Row("seq2col", lambda d, n: (d.floats(n, 3), 2)),
        Row("seq2col", lambda d, n: (d.floats(n, 3), 3, {"lengths": d.lengths(n)})),
        Row("seq2col", lambda d, n: (d.floats(n, 3), 0)),
        Row("backprop_seq2col", lambda d, n: (d.floats(n, 15), 2)),
        Row("backprop_seq2col", lambda d, n: (d.floats(n, 21), 3, {"lengths": d.lengths(n)})),
        Row("minibatch", lambda d, n: (3, d.floats(n, 2))),
        Row("multibatch", lambda d, n: (3, d.floats(n, 2), d.ints(5, n), list(range(n)))),
    ]


def _rows_of_reductions() -> list[Row]:
    def filled(d: Draw, n: int) -> Args:
        return d.floats(n, 3), d.lengths(n, empty=False)

    def sums(d: Draw, n: int) -> Args:
        lengths = d.lengths(n)
        return d.floats(len(lengths), 3), lengths

    return [
        Row("reduce_sum", lambda d, n: (d.floats(n, 3), d.lengths(n))),
        Row("reduce_mean", lambda d, n: (d.floats(n, 3), d.lengths(n))),
        Row("backprop_reduce_sum", sums),
        Row("backprop_reduce_mean", sums),
        Row("reduce_max", filled),
        Row("reduce_first", filled),
        Row("reduce_last", filled),
        Row("backprop_reduce_max", _which),
        Row("backprop_reduce_first", _firsts),
        Row("backprop_reduce_last", _lasts),
    ]


def _rows_of_tables() -> list[Row]:
    return [
        Row("gather_add", lambda d, n: (d.floats(5, 3), d.ints(5, n, 4))),
        Row("gather_add", lambda d, n: (d.floats(5, 3), d.ints(5, n, 0))),
        Row(
            "scatter_add", lambda d, n: (d.floats(5, 3), d.ints(5, n), d.floats(n, 3)), writes=(0,)
        ),
        Row(
            "scatter_add",
            lambda d, n: (d.floats(5, 3), d.ints(7, n, 2) - 2, d.floats(3)),
            writes=(0,),
        ),
        Row("scatter_add", lambda d, n: (d.floats(5), d.ints(5, n), d.floats(n)), writes=(0,)),
        Row("hash", lambda d, n: (d.keys(n), 7)),
        Row("hash_rows", lambda d, n: (d.keys(n), 7, 5)),
        Row(
            "hash_embed",
            lambda d, n: ([d.floats(5, 3), d.floats(9, 2)], d.keys(n, 3), [2, 0], [7, 2**32 - 1]),
        ),
        *(
            Row("sparse_linear", _features, (("v1_indexing", v1),), keeps_dtype=False)
            for v1 in (False, True)
        ),
        *(
            Row("backprop_sparse_linear", _features_back, (("v1_indexing", v1),), writes=(2,))
            for v1 in (False, True)
        ),
        Row("hash_embed", lambda d, n: ([d.floats(1, 20)], d.keys(n, 1), [0], [3])),
        Row(
            "backprop_hash_embed",
            lambda d, n: (d.floats(n, 5), d.ints(5, n, 2, 4), [d.floats(5, 3), d.floats(9, 2)]),
            writes=(2,),
        ),
        Row("hash_keys", lambda d, n: (d.keys(n), 7)),
        Row("hash_strings", lambda d, n: ([str(key) * 2 for key in d.keys(n)], 7)),
        Row("ngrams", lambda d, n: (3, d.keys(n))),
        Row("position_encode", lambda d, n: (n, 5), keeps_dtype=False),
        Row("position_encode", lambda d, n: (n, 4, 10, d.floats(n, 4)), writes=(3,)),
    ]


def _rows_of_pools() -> list[Row]:
    return [
        *(
            Row("pool_rows", lambda d, n: (d.floats(5, 3), d.ints(5, n, 4), d.lengths(n)), how)
            for how in ((), (("mean", True),))
        ),
        *(
            Row("backprop_pool_rows", _pooled, (("mean", mean),), writes=(3,))
            for mean in (False, True)
        ),
    ]


def _rows_of_products() -> list[Row]:
    def transposed(d: Draw, n: int) -> Args:
        return d.floats(n, 4), d.floats(3, n), d.floats(4, 3), True, True

    return [
        Row("gemm", lambda d, n: (d.floats(n, 4), d.floats(4, 3))),
        Row(
            "gemm",
            lambda d, n: (d.floats(4, n), d.floats(3, 4), d.floats(n, 3), True, True),
            writes=(2,),
        ),
        Row("gemm", transposed, writes=(2,)),
        Row(
            "add_gemm",
            lambda d, n: (d.floats(4, 3), d.floats(n, 4), d.floats(n, 3), True),
            writes=(0,),
        ),
        Row("affine", lambda d, n: (d.floats(n, 4), d.floats(3, 4), d.floats(3))),
        Row("add_sum_rows", lambda d, n: (d.floats(4), d.floats(n, 4)), writes=(0,)),
        Row("add_sum_rows", lambda d, n: (d.floats(4, 2), d.floats(n, 4, 2)), writes=(0,)),
        Row("maxout", lambda d, n: (d.floats(n, 4, 3),)),
        Row("backprop_maxout", lambda d, n: (d.floats(n, 4), d.ints(3, n, 4), 3)),
    ]


TABLE = [
    *_rows_of_arrays(),
    *rows_of_fused(),
    *_rows_of_sequences(),
    *_rows_of_reductions(),
    *_rows_of_tables(),
    *_rows_of_pools(),
    *_rows_of_products(),
    *rows_of_activations(),
    *rows_of_softmax(),
    *rows_of_training(),
    *rows_of_modern_ops(),
]
