"""The data dictionary page, rendered from the contract."""

from collections.abc import Iterable

from engage_assets.contracts.model import ColumnContract, Contract, TableContract

_HEADER = (
    "| column | type | unit or values | range | null | role | meaning |\n| --- | --- | --- | --- | --- | --- | --- |"
)


def _number(value: float) -> str:
    return f"{value:,.10g}"


def _range(column: ColumnContract) -> str:
    if column.minimum is None and column.maximum is None:
        return ""
    if column.maximum is None:
        return f"≥ {_number(column.minimum or 0.0)}"
    if column.minimum is None:
        return f"≤ {_number(column.maximum)}"
    return f"{_number(column.minimum)} – {_number(column.maximum)}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _line(column: ColumnContract) -> str:
    values = ", ".join(column.categories) if column.categories else (column.unit or "")
    null = "allowed" if column.nullable else ""
    cells = (f"`{column.name}`", column.type, values, _range(column), null, column.role, column.description)
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _columns(columns: Iterable[ColumnContract]) -> str:
    return "\n".join([_HEADER, *(_line(column) for column in columns)])


def _notes(table: TableContract) -> list[str]:
    notes = [f"One row per {', '.join(f'`{name}`' for name in table.key)}."]
    if table.references_customers:
        notes.append("Every customer is in the customers of the same week.")
    notes += [f"`{r.left}` {r.operator} `{r.right}`, where both are given." for r in table.relations]
    inside = [f"`{column.name}`" for column in table.columns.values() if column.inside_week]
    if inside:
        notes.append(f"{', '.join(inside)} lie inside the week.")
    return notes


def render_data_dictionary(contract: Contract) -> str:
    """The Markdown page: a section per table with its key, relations and columns, then the derived columns."""
    parts = [
        "# Data dictionary",
        f"Rendered from the source contract `{contract.name}`; edit the contract, not this page. Timestamps are UTC. "
        "A week is named by the Monday that opens it; `as_of` is the Monday 00:00 that closes it, "
        "and no value may be later.",
        f"The one-file platform dataset has {len(contract.platform_dataset)} of these columns.",
    ]
    for table in contract.tables.values():
        parts += [f"## {table.name}", table.description, " ".join(_notes(table)), _columns(table.columns.values())]
    if contract.derived:
        parts += [
            "## Derived",
            "Made by the dbt models; never part of an extract.",
            _columns(contract.derived.values()),
        ]
    return "\n\n".join(parts) + "\n"
