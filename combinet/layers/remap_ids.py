"""remap_ids: words or ids as the numbers that a mapping gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import DataError
from ..model import Model
from ..registry import registry
from ..types import Ints2d
from ._mapping import infer_ids, keys_of, look_up, no_gradient


@registry.layers("remap_ids.v1")
def remap_ids(
    mapping_table: Mapping[Any, int] | None = None, default: int = 0, dtype: str = "i"
) -> Model[Sequence[Any], Ints2d]:
    """Look up every item: ``Y[i] = table[X[i]]``. There is no gradient.

    Args:
        mapping_table: From words or ids to numbers; an empty one when omitted. Lives in
            ``attrs["mapping_table"]`` as it is, so it may grow later.
        default: For what is not in it.
        dtype: Of the output, "i" for int32.

    Shapes:
        n words or ids -> (n, 1) ints.

    Raises:
        DTypeError: An item can be no key of a mapping.
    """
    table: Mapping[Any, int] = {} if mapping_table is None else mapping_table
    return Model(
        "remap_ids",
        _forward,
        attrs={"mapping_table": table, "default": default, "dtype": dtype},
        infer=infer_ids,
        gradient="none",
    )


def _forward(
    model: Model[Any, Any], X: Any, is_train: bool
) -> tuple[Ints2d, Callable[[Ints2d], Any]]:
    table, dtype = model.attrs["mapping_table"], model.attrs["dtype"]
    Y = look_up(model, table, keys_of(model, X, None), "int32" if dtype == "i" else dtype)
    return Y, no_gradient(model, X)


@registry.layers("remap_ids.v2")
def remap_ids_v2(
    mapping_table: Mapping[int, int] | Mapping[str, int] | None = None,
    default: int = 0,
    *,
    column: int | None = None,
) -> Model[Any, Ints2d]:
    """Look up every item: ``Y[i] = table[X[i]]``, or ``table[X[i, column]]``. There is no
    gradient: it is zero for an array, and an empty list for words.

    Args:
        mapping_table: From words or ids to numbers. Lives in ``attrs["mapping_table"]`` as it
            is; where it is omitted, it must be there before the first call.
        default: For what is not in it.
        column: Where each row of an array holds several ids, the column to take.

    Shapes:
        n words or ids, or an array (n,) or (n, columns) -> (n, 1) int32.

    Raises:
        DataError: There is no mapping.
        DTypeError: An item can be no key of a mapping.
        ShapeError: The array has no such column.
    """
    return Model(
        "remap_ids",
        _forward_v2,
        attrs={"mapping_table": mapping_table, "default": default, "column": column},
        infer=infer_ids,
        gradient="none",
    )


def _forward_v2(
    model: Model[Any, Any], X: Any, is_train: bool
) -> tuple[Ints2d, Callable[[Ints2d], Any]]:
    table = model.attrs["mapping_table"]
    if table is None:
        raise DataError(
            f"{model.name} has no mapping",
            fix='pass mapping_table=, or set model.attrs["mapping_table"]',
        )
    Y = look_up(model, table, keys_of(model, X, model.attrs["column"]), "int32")
    return Y, no_gradient(model, X)
