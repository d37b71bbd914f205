"""Every block of Python in the README and in ``docs/`` runs, page by page."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs import run_page

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    str(path.relative_to(ROOT)) for path in [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]
]


def blocks(page: str) -> list[run_page.Block]:
    return list(run_page.blocks((ROOT / page).read_text("utf-8")))


def needed(page: str) -> list[str]:
    """Packages beyond those of the tests, from ``<!-- needs: one another -->`` on the page."""
    comment = re.search(r"^<!-- needs: (.*) -->$", (ROOT / page).read_text("utf-8"), re.MULTILINE)
    return comment[1].split() if comment else []


@pytest.mark.parametrize("page", [p for p in PAGES if any(b.info == "python" for b in blocks(p))])
def test_the_python_of_the_page_runs(page: str, tmp_path: Path) -> None:
    """In a process of its own, so that no page leans on what another registered or set."""
    for package in needed(page):
        pytest.importorskip(package)
    done = subprocess.run(
        [sys.executable, "-W", "error", run_page.__file__, str(ROOT / page)],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES)
def test_no_block_of_python_is_kept_from_running(page: str) -> None:
    """Python that cannot run is ``pycon`` or ``text``; a shell session is ``console``."""
    kept = [
        f"{page}:{block.line - 1}: ```{block.info}"
        for block in blocks(page)
        if block.info != "python" and block.info.lower().split()[:1] in (["python"], ["py"])
    ]
    assert kept == []


@pytest.mark.parametrize("page", PAGES)
def test_every_block_says_what_it_holds(page: str) -> None:
    assert [f"{page}:{block.line - 1}" for block in blocks(page) if not block.info] == []


def test_a_failing_block_is_reported_by_page_and_line(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A page\n\n```python\nx = 1\n```\n\ntext\n\n```python\nx + 1\nx / 0\n```\n")
    command = [sys.executable, run_page.__file__, str(page)]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert done.returncode == 1
    assert f'File "{page}", line 11' in done.stderr


@pytest.mark.parametrize(("shown", "code"), [("a 1 ...", 0), ("a 2", 1)])
def test_what_a_page_says_is_printed_is_printed(shown: str, code: int, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    output = f"```{run_page.OUTPUT}\n{shown}\n```\n"
    page.write_text(f"```python\nprint('a', 1, 'b')\n```\n\n{output}")
    command = [sys.executable, run_page.__file__, str(page)]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert done.returncode == code, done.stderr
    assert code == 0 or "this was printed instead\n\na 1 b" in done.stderr


@pytest.mark.parametrize("page", PAGES)
def test_every_title_of_a_block_is_one_that_is_checked(page: str) -> None:
    """So that a slip in ``title="Output"`` does not switch the check off."""
    titles = {block.info for block in blocks(page) if "title" in block.info.lower()}
    assert titles <= {run_page.OUTPUT}


def test_a_fence_inside_a_longer_fence_is_text() -> None:
    (block,) = run_page.blocks("````text\n```python\n1 / 0\n```\n````\n")
    assert block.info == "text"
