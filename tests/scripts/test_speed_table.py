"""The figures on the pages are those of benchmarks/results."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.speed_table import PAGES, PLACE, ROOT, TABLES, filled, saved, short_table, step_table


@pytest.mark.parametrize("page", PAGES)
def test_the_page_shows_what_was_measured_last(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    assert text == filled(text, saved()), "run: python scripts/speed_table.py --write"


@pytest.mark.parametrize("page", PAGES)
def test_every_place_for_a_table_is_closed_and_names_one(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    names = [match["name"] for match in PLACE.finditer(text)]
    assert names
    assert len(names) == text.count("<!-- speed:") == text.count("<!-- /speed -->")
    assert set(names) <= set(TABLES)


def results(**ratios: float) -> dict[str, Any]:
    row = {
        "case": "train, batch 32",
        "threads": 1,
        "results": {"combinet": {"median": 1.23456}},
        "ratios": ratios,
    }
    return {"mlp": {"rows": [row, {**row, "threads": 2}]}}


def test_a_row_has_the_milliseconds_and_a_ratio_for_each_peer_that_was_there() -> None:
    *_, row = step_table(results(**{"thinc": 12.34, "jax.jit": 0.777, "roof": 1.2}), 1).splitlines()
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    title = "MLP 784-512-512-10: train, batch 32"
    assert cells == [title, "1.23", "12.3", "", "", "", "", "", "0.78", "1.20"]


def test_the_short_table_takes_the_fastest_way_of_each_library() -> None:
    ratios = {"thinc": 4.0, "thinc, no BLIS": 2.0, "torch": 3.0, "torch.compile": 2.5}
    *_, row = short_table(results(**ratios)).splitlines()
    assert [cell.strip() for cell in row.split("|")[2:-1]] == ["2.00", "2.50", ""]


def test_what_stands_around_a_table_stays() -> None:
    page = "before\n<!-- speed: short -->\nold\n<!-- /speed -->\nafter\n"
    made = filled(page, results(thinc=4.0))
    assert made.startswith("before\n<!-- speed: short -->\n")
    assert made.endswith("<!-- /speed -->\nafter\n")
    assert "old" not in made
    assert filled(made, results(thinc=4.0)) == made
