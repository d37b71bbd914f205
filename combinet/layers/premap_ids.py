"""premap_ids: ids as the numbers that a mapping gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..errors import DataError
from ..model import Model
from ..registry import registry
from ..types import Ints2d
from ._mapping import infer_ids, keys_of, look_up, no_gradient


@registry.layers("premap_ids.v1")
def premap_ids(
    mapping_table: Mapping[int, int], default: int = 0, *, column: int | None = None
) -> Model[Any, Ints2d]:
    """Look up every id: ``Y[i] = table[X[i]]``, or ``table[X[i, column]]``. The gradient is
    zero everywhere.

    Args:
        mapping_table: From ids to numbers; copied into ``attrs["mapping_table"]``.
        default: For ids that are not in it.
        column: Where each row holds several ids, the column to take.

    Shapes:
        An array (n,) or (n, columns) of ints -> (n, 1) int32.

    Raises:
        DataError: A key or a value of the mapping is no int.
        ShapeError: The array has no such column.
    """
    for key, value in mapping_table.items():
        if not (_is_int(key) and _is_int(value)):
            raise DataError(
                f"premap_ids maps ints to ints, got {key!r}: {value!r}",
                fix="remap_ids_v2() takes words",
            )
    return Model(
        "premap_ids",
        _forward,
        attrs={"mapping_table": dict(mapping_table), "default": default, "column": column},
        infer=infer_ids,
        gradient="none",
    )


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _forward(
    model: Model[Any, Any], X: Any, is_train: bool
) -> tuple[Ints2d, Callable[[Ints2d], Any]]:
    table, column = model.attrs["mapping_table"], model.attrs["column"]
    return look_up(model, table, keys_of(model, X, column), "int32"), no_gradient(model, X)
