"""The dbt source ``accepted``, rendered from the contract: tables, columns, types and descriptions."""

from collections.abc import Mapping
from typing import Any

import yaml

from engage_assets.contracts.model import ColumnContract, ColumnType, Contract

_SQL_TYPES: dict[ColumnType, str] = {
    "string": "varchar",
    "int": "bigint",
    "float": "double",
    "bool": "boolean",
    "date": "date",
    "timestamp": "timestamp",
}


def _column(column: ColumnContract) -> dict[str, Any]:
    meta: dict[str, Any] = {"role": column.role}
    if column.unit:
        meta["unit"] = column.unit
    return {
        "name": column.name,
        "description": column.description,
        "data_type": _SQL_TYPES[column.type],
        "config": {"meta": meta},
    }


def render_dbt_sources(contract: Contract, *, meta: Mapping[str, Any] | None = None) -> str:
    """YAML of the source ``accepted`` with one table per table of the contract.

    meta: what the warehouse's adapter needs to find the files, such as ``external_location``; placed at the source.
    """
    source: dict[str, Any] = {
        "name": "accepted",
        "description": f"Rows of the extracts that passed the source contract {contract.name}.",
    }
    if meta:
        source["config"] = {"meta": dict(meta)}
    source["tables"] = [
        {"name": t.name, "description": t.description, "columns": [_column(c) for c in t.columns.values()]}
        for t in contract.tables.values()
    ]
    text = yaml.safe_dump({"version": 2, "sources": [source]}, sort_keys=False, allow_unicode=True, width=120)
    return "# Rendered from the source contract; edit the contract, not this file.\n" + text
