"""StaticVectors: vectors that were trained before, and a trained projection of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..chain import chain
from ..combinators import with_array
from ..errors import DataError, DimError
from ..infer import Spec, fit, meet, rows
from ..initializers import Initializer, glorot_uniform_init
from ..layers import list2ragged
from ..layers._inputs import as_gradient, as_ids
from ..layers._tables import drop_columns, of_column
from ..layers._weights import NodeWeight
from ..model import NO_DX, Model
from ..registry import registry
from ..types import Floats2d, FloatsXd, Ints1d, Ints2d, Ragged, Shape, Unserializable
from .doc import Doc
from .feature_extractor import FeatureExtractor
from .vector_table import VectorTable, as_vector_table, width_of_file

_NAME = "static_vectors"


@registry.architectures("combinet.StaticVectors.v1")
def StaticVectors(
    nO: int | None = None,
    nM: int | None = None,
    *,
    vectors: Any = None,
    dropout: float | None = None,
    init_W: Initializer = glorot_uniform_init,
    key_attr: str = "ORTH",
) -> Model[list[Doc], Ragged]:
    """A fixed vector of each word, times a trained matrix: ``Y[i] = W V[word i]``.

    A word without a vector gives zeros. The vectors are saved with the model, so a model that
    is loaded needs no other file; a path is opened by ``initialize`` alone.

    Args:
        nO: Width of the result.
        nM: Width of the vectors; taken from them when omitted.
        vectors: The path of a text file (word2vec, GloVe, fastText), a mapping from words to
            vectors, a ``VectorTable``, or the ``vectors`` of a spaCy vocabulary; when omitted,
            ``set_vectors`` gives them.
        dropout: Rate at which columns of the result are zeroed in training, for the whole batch.
        init_W: Of the matrix.
        key_attr: The attribute of a word that has the vector: ORTH, or LOWER.

    Shapes:
        A list of documents of n words -> Ragged of (all words, nO); W (nO, nM).
    """
    look_up = static_vectors(nO, nM, vectors=vectors, dropout=dropout, init_W=init_W)
    over_rows: Model[Any, Ragged] = with_array(look_up, of="ragged")
    return chain(FeatureExtractor([key_attr]), list2ragged(of="ints"), over_rows)


def static_vectors(
    nO: int | None = None,
    nM: int | None = None,
    *,
    vectors: Any = None,
    column: int = 0,
    dropout: float | None = None,
    init_W: Initializer = glorot_uniform_init,
) -> Model[Ints2d, Floats2d]:
    """``StaticVectors`` of the hashes of words in a column.

    Args:
        column: Which of the ids in a row is the hash of the word.

    Shapes:
        X (n, columns) uint64 -> Y (n, nO); W (nO, nM).
    """
    source: str | None = None
    if isinstance(vectors, (str, Path)):
        source, vectors = str(vectors), None
    model: Model[Ints1d, Floats2d] = Model(
        _NAME,
        _forward,
        dims={"nO": nO, "nM": nM},
        params={"W": NodeWeight(partial(_make_W, source, init_W), "nO", "nM")},
        attrs={"keys": None, "rows": None, "table": None}
        | ({} if dropout is None else {"dropout_rate": dropout}),
        infer=partial(_infer, source),
        gradient="none",
    )
    if vectors is not None:
        _set(model, as_vector_table(vectors))
    return of_column(model, column)


def set_vectors(model: Model[Any, Any], vectors: Any) -> int:
    """Give these vectors to every ``StaticVectors`` in a model; returns how many there are.

    Args:
        vectors: In any of the forms that ``StaticVectors`` takes.

    Raises:
        DimError: One of them was made for vectors of another width.
    """
    nodes = [node for node in model.walk() if node.name == _NAME]
    table = as_vector_table(vectors) if nodes else None
    for node in nodes:
        if table is not None:
            _refuse_another_width(node, table)
    for node in nodes:
        if table is not None:
            _set(node, table)
    return len(nodes)


class LentVectors(Unserializable):
    """A table of vectors that a model looks up and does not own: files do not take it along.

    Neither do pickles; copies look it up too.

    Args:
        obj: The table, or None.
        source: What it was made of.
    """

    __slots__ = ("data", "size", "source")

    def __init__(self, obj: VectorTable | None = None, source: Any = None) -> None:
        super().__init__(obj)
        self.source, self.data = source, None if source is None else source.data
        self.size = 0 if source is None else len(source.key2row)

    def is_of(self, source: Any) -> bool:
        """Whether the table is what would be made of these now."""
        is_same = self.source is source and self.data is source.data
        return is_same and self.size == len(source.key2row)

    def __copy__(self) -> LentVectors:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> LentVectors:
        return self

    def __reduce__(self) -> Any:
        return LentVectors, ()


def borrowers(model: Model[Any, Any]) -> list[Model[Any, Any]]:
    """The nodes of ``StaticVectors`` in a model that have no vectors of their own, nor a file."""
    return [
        node
        for node in model.walk()
        if node.name == _NAME and (isinstance(node.attrs["table"], LentVectors) or _has_none(node))
    ]


def lend_vectors(model: Model[Any, Any], vectors: Any = None) -> None:
    """Let nodes look words up in the vectors of a spaCy vocabulary, which stay outside of files.

    Args:
        model: ``borrowers`` are its nodes that are concerned.
        vectors: None, until they are known.

    Raises:
        DimError: A node was made for vectors of another width.
    """
    nodes = [node for node in borrowers(model) if not _is_lent(node, vectors)]
    table = None if vectors is None or not nodes else as_vector_table(vectors)
    for node in nodes:
        if table is not None:
            _refuse_another_width(node, table)
    for node in nodes:
        node.attrs["table"] = LentVectors(table, vectors)
        if table is not None:
            node.set_dim("nM", table.width)


def _has_none(node: Model[Any, Any]) -> bool:
    rule: Any = node.infer
    return node.attrs["table"] is None and rule.args == (None,)  # it knows of no file


def _is_lent(node: Model[Any, Any], vectors: Any) -> bool:
    here: Any = node.attrs["table"]
    return isinstance(here, LentVectors) and vectors is not None and here.is_of(vectors)


def _refuse_another_width(node: Model[Any, Any], table: VectorTable) -> None:
    if node.maybe_get_dim("nM") not in (None, table.width):
        raise DimError(
            f"{node.name} is made for vectors {node.get_dim('nM')} wide, got {table.width}",
            fix="build a new model for these vectors",
        )


def _set(model: Model[Any, Any], vectors: VectorTable) -> None:
    model.set_dim("nM", vectors.width)
    found = {"keys": vectors.keys, "rows": vectors.rows, "table": vectors.table}
    model.attrs.update(found)


def _make_W(
    source: str | None, init_W: Initializer, model: Model[Any, Any], shape: Shape
) -> FloatsXd:
    if source is not None and model.attrs["table"] is None:
        _set(model, as_vector_table(source))
    return init_W(model.ops, shape)


def _forward(
    model: Model[Ints1d, Floats2d], X: Ints1d, is_train: bool
) -> tuple[Floats2d, Callable[[Floats2d], Ints1d]]:
    ops, W, keys = model.ops, model.get_param("W"), as_ids(model, X)
    V: Any = ops.asarray(_vectors_of(model, ops.to_numpy(keys)), dtype=W.dtype)  # (n, nM)
    Y, backprop_drop = drop_columns(model, ops.gemm(V, W, trans2=True), is_train)

    def backprop(dY: Floats2d, *, need_dX: bool = True) -> Ints1d:
        dY = backprop_drop(as_gradient(model, dY, Y))
        ops.add_gemm(model.accumulator("W"), dY, V, trans1=True)
        return ops.alloc1i(len(keys)) if need_dX else NO_DX

    return Y, backprop


def _vectors_of(model: Model[Any, Any], keys: Any) -> Any:
    """The fixed vector of each key; zeros for one that has none."""
    known: Any = model.attrs["keys"]
    which: Any = model.attrs["rows"]
    table: Any = model.attrs["table"]
    if isinstance(table, LentVectors):
        lent: Any = table.obj
        known, which, table = (None,) * 3 if lent is None else (lent.keys, lent.rows, lent.table)
    if table is None:
        raise DataError(
            f"{model.name} has no vectors",
            fix='vectors = "FILE" in the config, or set_vectors(model, nlp.vocab.vectors)',
        )
    found: Any = np.zeros((len(keys), table.shape[1]), dtype="float32")
    if len(known):
        places: Any = known[:-1].searchsorted(keys)
        has_one: Any = known[places] == keys
        found[has_one] = table[which[places[has_one]]]
    return found


def _infer(
    source: str | None, model: Model[Any, Any], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    if source is not None and model.attrs["table"] is None:
        meet(model, "nM", Spec(width=width_of_file(source), origin=f"the vectors in {source}"))
    ids = fit(model, x or Spec(), Spec("array", 1, dtype="i"))
    return ids, rows(model, "nO", y)
