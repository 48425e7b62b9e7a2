"""What several verbs of the command line share: types of options, and how rows are printed."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


def whole_number(minimum: int, maximum: int | None = None) -> Callable[[str], int]:
    """A reader of whole numbers between two limits, whose message names the value and the limits."""
    expected = f"a whole number from {minimum:,}" + (f" to {maximum:,}" if maximum is not None else " up")

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise typer.BadParameter(f"{text!r} is not {expected}.") from None
        if number < minimum or (maximum is not None and number > maximum):
            raise typer.BadParameter(f"{text} is not {expected}.")
        return number

    read.__name__ = "number"
    return read


Home = Annotated[Path | None, typer.Option(help="Folder of everything that a run writes. [default: .engage]")]
Week = Annotated[str | None, typer.Option(help="The Monday that opens the week. [default: the week that just ended]")]


class TableFormat(StrEnum):
    """How rows are printed."""

    table = "table"
    csv = "csv"
    json = "json"


class AnswerFormat(StrEnum):
    """How an answer is printed."""

    text = "text"
    json = "json"


def print_table(names: list[str], rows: list[list[str]]) -> None:
    """Prints rows as aligned text."""
    widths = [max(len(name), *(len(row[i]) for row in rows), 0) for i, name in enumerate(names)] if rows else []
    widths = widths or [len(name) for name in names]
    for line in [names, ["-" * width for width in widths], *rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
