"""Empty files of the right columns: SQL cannot read a folder without files, and views come before their rows."""

from collections.abc import Mapping

import pyarrow as pa

from engage_assets.records.costs import COST_SCHEMA
from engage_assets.records.gate_log import RECORD_SCHEMA
from engage_assets.records.monitoring_log import DRIFT_SCHEMA, PERFORMANCE_SCHEMA, SCORECARD_SCHEMA
from engage_assets.records.pointer import POINTER_SCHEMA
from engage_assets.records.usage import USAGE_SCHEMA
from engage_assets.resources.lake import Lake

PLACEHOLDER = "_empty.parquet"
SCHEMAS: Mapping[str, pa.Schema] = {
    "published": POINTER_SCHEMA,
    "gates": RECORD_SCHEMA,
    "usage": USAGE_SCHEMA,
    "costs": COST_SCHEMA,
    "performance": PERFORMANCE_SCHEMA,
    "drift": DRIFT_SCHEMA,
    "scorecard": SCORECARD_SCHEMA,
}
"""The folders that views read, by the columns of their files."""


def ensure_placeholders(lake: Lake) -> None:
    """Writes the placeholders that are missing."""
    for folder, schema in SCHEMAS.items():
        if PLACEHOLDER not in lake.names(folder):
            lake.write_table(folder, schema.empty_table(), name=PLACEHOLDER)
