"""The table of faults in the middle of the weekly job and their outcomes, kept in docs/aws.md."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

PAGE = Path(__file__).resolve().parents[2] / "docs" / "aws.md"
HEAD = "| fault in the middle of the weekly job | outcome |\n| --- | --- |\n"
WRITE = "ENGAGE_WRITE_FAULTS"
"""Set to write what was seen into the page."""

FAULTS = (
    "Athena refuses 5 statements as too many",
    "a query of a model fails in Athena",
    "RunTask is refused",
    "the image cannot be pulled",
    "the program ends with exit status 3",
    "the program is killed for lack of memory",
    "exit status 0 without a message",
    "the predictions are lost from S3",
    "Spot takes the capacity back during training",
    "the run is cancelled during training",
    "the orchestrator is killed during training",
    "every object of the week is deleted from S3",
    "the tables of the results are deleted from Glue",
)
"""What the weekly job has to withstand. Each has a test that is marked with it, and a row in the page."""

LEFT_OUT = 2
"""So many of them, the last ones, are planted by slow tests, which no CI run makes."""


def kept() -> dict[str, str]:
    """Outcomes by fault, as the page has them."""
    _, _, rest = PAGE.read_text().partition(HEAD)
    rows = rest.partition("\n\n")[0].splitlines()
    return dict(row.strip("| ").split(" | ") for row in rows)


def settle(fault: str, outcome: str) -> None:
    """Compares what was seen with the page, or writes it there. Raises AssertionError when they differ."""
    assert fault in FAULTS, f"{fault!r} is not in FAULTS"
    if not os.environ.get(WRITE):
        assert kept().get(fault) == outcome, f"docs/aws.md is not current: run with {WRITE}=1"
        return
    before, _, rest = PAGE.read_text().partition(HEAD)
    seen = {**kept(), fault: outcome}
    rows = "".join(f"| {each} | {seen[each]} |\n" for each in FAULTS if each in seen)
    PAGE.write_text(before + HEAD + rows + "\n" + rest.partition("\n\n")[2])


def planted(module: ModuleType) -> Iterator[tuple[str, bool]]:
    """The faults that the tests of a module are marked with, or their parameters, and whether that is slow."""
    for name, test in vars(module).items():
        if name.startswith("test_"):
            own = list(getattr(test, "pytestmark", []))
            marks = [*getattr(module, "pytestmark", []), *own]
            yield from _named(own, among=marks)
            for mark in own:
                if mark.name == "parametrize":
                    for values in mark.args[1]:
                        given = list(getattr(values, "marks", ()))
                        yield from _named(given, among=[*marks, *given])


def _named(marks: Sequence[Any], *, among: Sequence[Any]) -> Iterator[tuple[str, bool]]:
    slow = any(mark.name == "slow" for mark in among)
    yield from ((str(mark.args[0]), slow) for mark in marks if mark.name == "fault")
