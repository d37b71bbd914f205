"""What the page "How a step runs" says of the calls that a step makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from combinet import fusion
from tests.docs.run_page import blocks
from tests.ops.native.recording import recording

PAGE = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "how-a-step-runs.md"
FIRST = next(block.text for block in blocks(PAGE.read_text("utf-8")) if block.info == "python")


def test_the_four_lines_of_a_step_are_one_call_each() -> None:
    page: dict[str, Any] = {}
    *_, last = FIRST.strip().split("\n\n")
    with fusion(True):
        exec(FIRST, page)
        with recording() as calls:
            exec(last, page)
    served = [call.entry for call in calls if call.served]
    assert served == ["dense_stack", "cross_entropy", "backprop_dense_stack", "take_step"]
    assert len(served) == len(calls)
