"""What each stage of a published run would have cost on AWS, and the week's questions: the rows of ``engage_costs``."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pyarrow as pa

from engage_assets.records.questions import QuestionUsage
from engage_assets.records.usage import StageUsage

COST_SCHEMA = pa.schema(
    [
        ("week", pa.date32()),
        ("run_id", pa.string()),
        ("stage", pa.string()),
        ("customers", pa.int64()),
        ("seconds", pa.float64()),
        ("billed_seconds", pa.float64()),
        ("vcpu", pa.float64()),
        ("gb", pa.float64()),
        ("compute_usd", pa.float64()),
        ("scan_usd", pa.float64()),
        ("requests_usd", pa.float64()),
        ("logs_usd", pa.float64()),
        ("usd", pa.float64()),
        ("price_list", pa.string()),
    ]
)


ASSISTANT = "assistant"
"""The row of the questions to a language model: asked in the week, and no part of the run."""


def as_table(stages: Sequence[StageUsage], week: date, run_id: str, questions: QuestionUsage | None = None) -> pa.Table:
    """The stages priced by the current price list, as rows of the table. `customers` is what the run scored."""
    # Imported here: the reports bring a drawing library along, and recording a stage needs none of it.
    from engage_reports.cost.record import priced, priced_tokens

    customers = max((stage.rows for stage in stages if stage.stage == "scoring"), default=0)
    rows: list[dict[str, Any]] = [
        {"week": week, "run_id": run_id, "customers": customers, **row} for row in priced([vars(s) for s in stages])
    ]
    if questions is not None:
        asked = priced_tokens(ASSISTANT, questions.input_tokens, questions.output_tokens)
        rows.append({"week": week, "run_id": run_id, "customers": customers, **asked})
    return pa.Table.from_pylist(rows, schema=COST_SCHEMA)
