"""``engage parity``: the same published week here and on AWS, compared."""

from collections.abc import Mapping
from datetime import date

from engage_assets.assets.transformations import RESULT_FOLDERS, folder_tables
from engage_assets.errors import InputError
from engage_assets.parity import TableParity, compare
from engage_assets.records.pointer import published_run
from engage_assets.resources.bindings import build_resources
from engage_assets.settings import Environment, Settings

ENVIRONMENTS: Mapping[str, Environment] = {"athena": "aws"}
"""The environment whose warehouse is compared with, by the name that the command takes."""

MEASURED = frozenset({"stage_usage", "engage_costs"})
"""Tables of what a run took, and what that costs: of no two runs are they the same."""


def run_parity(ours: Settings, theirs: Settings, week: date) -> list[TableParity]:
    """Compares every published table of a week.

    Raises
    ------
    InputError
        When one of the two has not published the week.
    """
    mine, other = build_resources(ours), build_resources(theirs)
    for settings, resources in ((ours, mine), (theirs, other)):
        if published_run(resources["lake"], week) is None:
            raise InputError(
                f"week {week} is not published in the environment {settings.environment} ({resources['lake'].uri}). "
                "Run it there with the same customers, seed and weeks first."
            )
    statements = {
        table.name: f"select * from published.{table.name} where week = date '{week}'"
        for table in folder_tables(ours, RESULT_FOLDERS)
        if table.is_published and table.name not in MEASURED
    }
    rows, other_rows = (resources["warehouse"].query_all(statements) for resources in (mine, other))
    return [compare(name, rows[name], other_rows[name]) for name in statements]


def print_parity(compared: list[TableParity]) -> int:
    """Prints one line a table and returns the exit status: 1 when anything differs."""
    for table in compared:
        problems = ", ".join(f"{column} ({count:,})" for column, count in sorted(table.differing.items()))
        verdict = "same" if table.same else f"DIFFERS {problems}"
        rows = f"{table.rows:,}" if table.rows == table.other_rows else f"{table.rows:,} / {table.other_rows:,}"
        print(f"  {table.name:<24} {rows:>12} rows   largest difference {table.largest:.1e}   {verdict}")
    differing = [table.name for table in compared if not table.same]
    print(f"{len(compared) - len(differing)} of {len(compared)} tables are the same")
    return 1 if differing else 0
