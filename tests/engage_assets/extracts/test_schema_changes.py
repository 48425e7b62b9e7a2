"""Columns that differ from the drop before, or from the contract, are named: added, dropped, retyped."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engage_assets.contracts import ContractError
from engage_assets.extracts import ingest
from tests.engage_assets.extracts.small_extracts import SNAPSHOT, contract_of, ingested

ROWS = {
    "id": ["a", "b"], "visits": [3, 4], "paid": [10.5, 11.0], "plan": ["basic", "gold"],
    "since": ["2024-01-31", "2024-02-29"], "left": ["no", "yes"],
}  # fmt: skip


def taken(folder, rows, before=None, **changes):
    pq.write_table(pa.table(rows), folder / "clients.parquet")
    contract = contract_of(SNAPSHOT, folder, files="clients.parquet", **changes)
    return ingest(contract, str(folder), None, before=before)


def changes(ingestion):
    return ingestion.tables["clients"].schema_changes()


def test_the_same_columns_change_nothing(tmp_path):
    first = taken(tmp_path, ROWS)
    assert changes(taken(tmp_path, ROWS, first)) == []


def test_every_kind_of_change_is_named(tmp_path):
    first = taken(tmp_path, ROWS)
    rows = {**ROWS, "visits": ["3", "4"], "paid": pa.array([10, 11]), "more": [1, 2]}
    del rows["plan"]
    second = taken(tmp_path, rows, first, dropped_columns="accept")
    assert changes(second) == [
        "columns that the contract does not know, not read: more",
        "columns of the contract that are missing, empty now: plan",
        "columns of another type: visits (int64 before, text now), paid (double before, int64 now)",
    ]
    assert second.tables["clients"].refused is None
    assert second.tables["clients"].rows_kept == 2


def test_another_type_is_refused_when_the_contract_says_so(tmp_path):
    first = taken(tmp_path, ROWS)
    second = taken(tmp_path, {**ROWS, "visits": [3.0, 4.0]}, first, retyped_columns="refuse")
    assert "has columns of another type (visits (int64 before, double now))" in second.tables["clients"].refused


def test_a_dropped_column_is_refused_unless_accepted(tmp_path):
    rows = dict(ROWS)
    del rows["plan"]
    with pytest.raises(ContractError, match="lacks the columns plan"):
        taken(tmp_path, rows)


def test_a_text_column_of_another_type_is_known_by_its_values(tmp_path):
    lines = ["id,visits,paid,plan,since,left", "a,many,1,basic,2024-01-31,no", "b,few,1,gold,2024-01-31,yes"]
    counts, _ = ingested(tmp_path, "\n".join(lines))
    assert counts.schema_changes() == ["columns of another type: visits (100% of its values are no int)"]
