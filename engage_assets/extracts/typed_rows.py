"""How SQL addresses the typed rows of a user's tables and their columns."""

from collections.abc import Mapping
from pathlib import Path

from engage_assets.extracts.contract import GROUP_SLOTS, SENSITIVE_SLOTS, ExtractColumn, ExtractContract, ExtractTable
from engage_assets.extracts.features import is_dynamic
from engage_assets.extracts.ingestion import KEPT


def rows_of(folder: Path, table: ExtractTable) -> str:
    """The files of a table's kept rows."""
    place = str(folder / KEPT / table.name).replace("'", "''")
    return f"read_parquet('{place}/*.parquet')"


def dynamic_tables(contract: ExtractContract) -> list[ExtractTable]:
    """The tables whose rows belong to weeks."""
    return [table for table in contract.tables.values() if is_dynamic(contract, table)]


def quoted(column: ExtractColumn) -> str:
    """The column's name in SQL."""
    return f'"{column.name}"'


def slot_columns(contract: ExtractContract, places: Mapping[str, str], otherwise: str) -> str:
    """The audited attributes and the groups as columns; null where the contract gives none.

    places: where a column is, by name, such as ``last_0.``; `otherwise` for the others.
    """
    shown = []
    for slot in (*SENSITIVE_SLOTS, *GROUP_SLOTS):
        given = contract.slot(slot)
        value = _slot_value(given[0], places.get(given[0].name, otherwise)) if given else "cast(null as varchar)"
        shown.append(f"{value} as {slot}")
    return ", ".join(shown)


def _slot_value(column: ExtractColumn, prefix: str) -> str:
    name = f"{prefix}{quoted(column)}"
    if not column.bands:
        return f"cast({name} as varchar)"
    cases = [f"when {name} is null then null", f"when {name} < {column.bands[0]:g} then 'under {column.bands[0]:g}'"]
    for low, high in zip(column.bands, column.bands[1:], strict=False):
        words = f"{low:g}" if column.kind == "int" and high - low == 1 else f"{low:g} to under {high:g}"
        cases.append(f"when {name} < {high:g} then '{words}'")
    return f"case {' '.join(cases)} else '{column.bands[-1]:g} and more' end"
