"""What an asset shows of a table in Dagster: row count, column schema, the first rows."""

from typing import Any

import dagster as dg
import pyarrow as pa

PREVIEW_ROWS = 5
PREVIEW_COLUMNS = 12


def table_metadata(rows: pa.Table, *, row_count: int | None = None) -> dict[str, Any]:
    """Row count, column schema and a preview of `rows`."""
    return {
        "dagster/row_count": rows.num_rows if row_count is None else row_count,
        "dagster/column_schema": dg.TableSchema(
            columns=[dg.TableColumn(name=field.name, type=str(field.type)) for field in rows.schema]
        ),
        "preview": dg.MetadataValue.md(markdown_table(rows.slice(0, PREVIEW_ROWS))),
    }


def markdown_table(rows: pa.Table) -> str:
    """The rows as a Markdown table of at most :data:`PREVIEW_COLUMNS` columns."""
    names = rows.column_names[:PREVIEW_COLUMNS]
    lines = ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names)]
    lines += ["| " + " | ".join(_cell(row[name]) for name in names) + " |" for row in rows.select(names).to_pylist()]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|")
