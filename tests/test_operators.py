"""Operators between models: the default table, other tables, threads."""

from __future__ import annotations

import asyncio
import operator
import threading
from typing import Any

import pytest

from combinet.chain import chain
from combinet.layers.linear import Linear
from combinet.model import Model

OPERATORS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "@": operator.matmul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
    "<<": operator.lshift,
    ">>": operator.rshift,
    "&": operator.and_,
    "^": operator.xor,
    "|": operator.or_,
}


def first(one: Any, two: Any) -> Any:
    return one


@pytest.mark.parametrize("symbol", OPERATORS)
def test_every_operator_calls_what_the_table_says(symbol: str) -> None:
    one, two = Linear(), Linear()
    with Model.define_operators({symbol: lambda a, b: (a, b)}):
        assert OPERATORS[symbol](one, two) == (one, two)


def test_rshift_is_chain_without_any_block() -> None:
    assert (Linear() >> Linear()).role == "chain"


@pytest.mark.parametrize("symbol", ["-", "*", "@", "/", "//", "%", "<<", "&", "^"])
def test_an_operator_without_a_combinator_is_a_type_error_that_names_it(symbol: str) -> None:
    with pytest.raises(TypeError) as caught:
        OPERATORS[symbol](Linear(), Linear())
    assert str(caught.value).startswith(f"Undefined operator: {symbol}\n")
    assert "define_operators" in str(caught.value)


def test_a_block_replaces_the_whole_table() -> None:
    with (
        Model.define_operators({"+": first}),
        pytest.raises(TypeError, match="Undefined operator: >>"),
    ):
        Linear() >> Linear()


def test_blocks_do_not_merge_and_each_puts_the_old_table_back() -> None:
    one, two = Linear(), Linear()
    with Model.define_operators({"+": first}):
        with Model.define_operators({"*": first}):
            assert one * two is one
            with pytest.raises(TypeError):
                one + two
        assert one + two is one
    assert (one >> two).role == "chain"


def test_the_old_table_comes_back_after_an_exception() -> None:
    with pytest.raises(ZeroDivisionError), Model.define_operators({}):
        raise ZeroDivisionError
    assert (Linear() >> Linear()).role == "chain"


def test_changing_the_mapping_afterwards_changes_nothing() -> None:
    table = {"+": first}
    one, two = Linear(), Linear()
    with Model.define_operators(table):
        table["+"] = chain
        assert one + two is one


def test_operators_work_in_a_new_thread_also_from_inside_a_block() -> None:
    found: list[Any] = []

    def compose() -> None:
        found.append((Linear() >> Linear()).role)

    with Model.define_operators({"+": first}):
        thread = threading.Thread(target=compose)
        thread.start()
        thread.join()
    assert found == ["chain"]


def test_two_tasks_do_not_see_each_others_tables() -> None:
    async def inside() -> None:
        with Model.define_operators({}):
            await asyncio.sleep(0.01)
            with pytest.raises(TypeError):
                Linear() >> Linear()

    async def outside() -> str:
        await asyncio.sleep(0.005)
        return (Linear() >> Linear()).role

    async def both() -> str:
        return (await asyncio.gather(inside(), outside()))[1] or ""

    assert asyncio.run(both()) == "chain"


def test_operators_bind_to_the_left() -> None:
    a, b, c = Linear(), Linear(), Linear()
    model = a >> b >> c
    assert model.layers[0].layers == [a, b]
    assert model.layers[1] is c
