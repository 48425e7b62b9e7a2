"""The table of faults in the middle of the weekly job and their outcomes, kept in docs/aws.md."""

import os
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "aws.md"
HEAD = "| fault in the middle of the weekly job | outcome |\n| --- | --- |\n"
WRITE = "ENGAGE_WRITE_FAULTS"
"""Set to write what was seen into the page."""


def kept() -> dict[str, str]:
    """Outcomes by fault, as the page has them."""
    _, _, rest = PAGE.read_text().partition(HEAD)
    rows = rest.partition("\n\n")[0].splitlines()
    return dict(row.strip("| ").split(" | ") for row in rows)


def settle(seen: dict[str, str]) -> None:
    """Compares what was seen with the page, or writes it there. Raises AssertionError when they differ."""
    if not os.environ.get(WRITE):
        page = kept()
        assert {fault: page.get(fault) for fault in seen} == seen, f"docs/aws.md is not current: run with {WRITE}=1"
        return
    before, _, rest = PAGE.read_text().partition(HEAD)
    rows = "".join(f"| {fault} | {outcome} |\n" for fault, outcome in {**kept(), **seen}.items())
    PAGE.write_text(before + HEAD + rows + "\n" + rest.partition("\n\n")[2])
