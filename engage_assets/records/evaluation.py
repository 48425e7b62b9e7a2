"""The evaluation tables of a model, as a scoring run shows them.

Training writes them under its own run. A run that scores with an earlier model carries a copy, so that what is
published of a week holds the evaluation of the model that scored it.
"""

from datetime import date

import pyarrow as pa

from engage_assets.resources.lake import Lake, week_folder

TABLES = ("metrics", "fairness", "reliability", "slices", "survival", "lift", "importance")


def adopt_evaluation(lake: Lake, registry: Lake, version: str, *, week: date, run_id: str) -> None:
    """Copies the evaluation of a model version to this run, unless this run made it."""
    card = registry.read_json(f"{version}/card.json")
    trained = date.fromisoformat(card["week"])
    for table in TABLES:
        if f"run_id={run_id}" not in lake.names(week_folder(f"evaluation/{table}", week)):
            rows = lake.read_table(week_folder(f"evaluation/{table}", trained, card["run_id"]))
            lake.write_table(week_folder(f"evaluation/{table}", week, run_id), _restamped(rows, week, run_id))


def _restamped(rows: pa.Table, week: date, run_id: str) -> pa.Table:
    stamps = {
        "week": pa.array([week] * rows.num_rows, pa.date32()),
        "run_id": pa.array([run_id] * rows.num_rows, pa.string()),
    }
    for name, values in stamps.items():
        rows = rows.set_column(rows.column_names.index(name), name, values)
    return rows
