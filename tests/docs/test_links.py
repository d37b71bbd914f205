"""Every link between pages leads to a page that is there, and to a heading that is on it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.reference_pages import pages
from tests.docs.run_page import blocks

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PROSE = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md")), ROOT / "changes" / "README.md"]
MADE = {DOCS / "reference" / f"{page}.md" for page in pages()}


def prose(page: Path) -> str:
    """The text without its blocks of code."""
    text = page.read_text("utf-8")
    for block in blocks(text):
        text = text.replace(block.text, "")
    return text


def headings(page: Path) -> set[str]:
    """What a link to a heading calls it."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", title.lower()) for title in titles)
    return {re.sub(r"[ -]+", "-", each.strip()) for each in plain}


@pytest.mark.parametrize("page", PROSE, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", prose(page))
    lost: list[str] = []
    for link in (link for link in links if "://" not in link):
        name, _, heading = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if target not in MADE and not (
            target.exists() and (not heading or heading in headings(target))
        ):
            lost.append(link)
    assert lost == []


def test_every_page_is_in_the_navigation() -> None:
    listed = set(re.findall(r"[\w/-]+\.md", (ROOT / "mkdocs.yml").read_text("utf-8")))
    by_the_hook = {"reference/index.md", "reference/config-format.md"}
    assert {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")} == listed | by_the_hook
