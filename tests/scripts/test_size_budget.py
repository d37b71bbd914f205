"""Files of 300 lines, functions of 40."""

from __future__ import annotations

from scripts.size_budget import over_budget


def test_a_function_of_forty_lines_is_within_the_budget() -> None:
    assert list(over_budget("def f():\n" + "    x = 1\n" * 39)) == []


def test_a_function_of_forty_one_lines_is_not() -> None:
    (fault,) = over_budget("def f():\n" + "    x = 1\n" * 40)
    assert fault == "1: f has 41 lines, the budget is 40"


def test_a_docstring_does_not_count() -> None:
    docstring = '    """First.\n' + "    more\n" * 20 + '    """\n'
    assert list(over_budget("def f():\n" + docstring + "    x = 1\n" * 39)) == []


def test_a_closure_counts_as_part_of_the_function_around_it() -> None:
    source = "def f():\n    def g():\n" + "        x = 1\n" * 39
    assert [fault.split()[1] for fault in over_budget(source)] == ["f"]


def test_a_file_of_three_hundred_and_one_lines_is_over_the_budget() -> None:
    assert list(over_budget("x = 1\n" * 300)) == []
    assert len(list(over_budget("x = 1\n" * 301))) == 1
