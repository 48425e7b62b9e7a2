"""Each rule with a row that breaks it; the order of the rules; the accounting; what refuses an extract as a whole."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from engage_assets.contracts import QUARANTINE_SCHEMA, RULES, ContractError, Validation, load_contract, validate_extract
from tests.engage_assets.contracts.extracts import AS_OF, WEEK, sound_extract, with_value

TABLES = load_contract().tables
ROWS = 20


def _validate(name: str, extract: pa.Table, known: list[str] | None = None) -> Validation:
    ids = [f"customer_id-{number:07d}" for number in range(ROWS)] if known is None else known
    return validate_extract(TABLES[name], extract, week=WEEK, known_customers=pa.chunked_array([pa.array(ids)]))


@pytest.mark.parametrize("name", list(TABLES))
def test_a_sound_extract_is_kept_unchanged(name: str) -> None:
    extract = sound_extract(TABLES[name], ROWS)
    outcome = _validate(name, extract)
    assert outcome.kept.equals(extract)
    assert outcome.quarantined.schema == QUARANTINE_SCHEMA
    assert outcome.quarantined.num_rows == 0
    assert outcome.counts == {}
    assert not outcome.refused


DEFECTS: list[tuple[str, str, Any, pa.DataType | None, str]] = [
    ("customers", "age", "eighteen", pa.string(), "wrong_type"),
    ("customers", "age", "99999999999999999999", pa.string(), "wrong_type"),
    ("customers", "photo_count", 2.5, pa.float64(), "wrong_type"),
    ("customers", "signup_at", "02/03/2026", pa.string(), "wrong_type"),
    ("billing", "auto_renew", 7, pa.int64(), "wrong_type"),
    ("customers", "customer_id", None, None, "null_key"),
    ("customers", "customer_id", "", None, "null_key"),
    ("customers", "week", None, None, "null_key"),
    ("activity", "app_opens_day", None, None, "null_value"),
    ("activity", "app_opens_day", float("nan"), None, "non_finite"),
    ("billing", "lifetime_value_usd", float("inf"), None, "non_finite"),
    ("customers", "age", 17, None, "out_of_range"),
    ("customers", "age", 101, None, "out_of_range"),
    ("activity", "response_rate_pct", 100.01, None, "out_of_range"),
    ("customers", "signup_at", datetime.fromisoformat("0001-01-01"), None, "out_of_range"),
    ("customers", "gender", "male", None, "unknown_category"),
    ("billing", "premium_tier", "gold ", None, "unknown_category"),
    ("customers", "week", WEEK - timedelta(days=7), None, "wrong_week"),
    ("customers", "signup_at", AS_OF + timedelta(microseconds=1), None, "future_timestamp"),
    ("activity", "last_active_at", AS_OF + timedelta(hours=1), None, "future_timestamp"),
    ("activity", "first_active_at", AS_OF - timedelta(days=8), None, "outside_week"),
    ("activity", "dates_completed_month", 200, None, "broken_relation"),
    ("billing", "customer_id", "stranger", None, "unknown_customer"),
    ("customers", "customer_id", "customer_id-0000000", None, "duplicate_key"),
    ("campaign_contacts", "contact_id", "contact_id-0000000", None, "duplicate_key"),
]


@pytest.mark.parametrize(("name", "column", "value", "type_", "rule"), DEFECTS)
def test_a_planted_defect_is_quarantined_under_its_rule(
    name: str, column: str, value: Any, type_: pa.DataType | None, rule: str
) -> None:
    extract = sound_extract(TABLES[name], ROWS)
    if rule == "broken_relation":
        extract = with_value(extract, "dates_scheduled_month", 3, 1)
    outcome = _validate(name, with_value(extract, column, 3, value, type_))
    assert outcome.counts == {rule: 1}
    assert outcome.kept.schema == TABLES[name].schema
    assert outcome.kept.num_rows == ROWS - 1
    (row,) = outcome.quarantined.to_pylist()
    assert (row["week"], row["source_table"], row["row_number"]) == (WEEK, name, 3)
    assert row["rule"] == rule
    assert len(row["repair"]) > 20
    delivered = json.loads(row["row"])
    assert list(delivered) == extract.column_names
    if value is None:
        assert row["value"] is None
    elif rule not in ("duplicate_key", "broken_relation"):
        assert row["column"] == column
        assert row["value"].startswith(str(value)[:10])


def test_every_rule_has_a_planted_defect() -> None:
    assert {rule for *_, rule in DEFECTS} == set(RULES)


def test_limits_themselves_are_legal() -> None:
    extract = sound_extract(TABLES["activity"], ROWS)
    extract = with_value(extract, "response_rate_pct", 0, 100.0)
    extract = with_value(extract, "first_active_at", 1, AS_OF - timedelta(days=7))
    extract = with_value(extract, "last_active_at", 2, AS_OF)
    extract = with_value(extract, "first_active_at", 3, None)
    extract = with_value(extract, "last_active_at", 4, None)
    assert _validate("activity", extract).counts == {}


def test_a_row_is_quarantined_once_under_its_first_rule() -> None:
    extract = sound_extract(TABLES["customers"], ROWS)
    extract = with_value(extract, "gender", 5, "other")
    extract = with_value(extract, "age", 5, 7)
    extract = with_value(extract, "photo_count", 5, -1)
    outcome = _validate("customers", extract)
    assert outcome.counts == {"out_of_range": 1}
    assert outcome.quarantined["column"].to_pylist() == ["age"]
    assert outcome.quarantined["value"].to_pylist() == ["7"]


def test_of_several_copies_the_first_sound_one_is_kept() -> None:
    extract = sound_extract(TABLES["customers"], ROWS)
    for row in (4, 9, 12):
        extract = with_value(extract, "customer_id", row, "customer_id-0000002")
    extract = with_value(extract, "age", 2, 7)
    outcome = _validate("customers", extract)
    assert outcome.counts == {"out_of_range": 1, "duplicate_key": 2}
    assert outcome.quarantined["row_number"].to_pylist() == [2, 9, 12]
    assert outcome.kept["customer_id"].to_pylist().count("customer_id-0000002") == 1


def test_a_key_of_several_columns_is_compared_as_a_whole() -> None:
    table = TABLES["billing"].model_copy(update={"key": ("customer_id", "premium_tier", "week")})
    extract = sound_extract(TABLES["billing"], 6)
    extract = extract.set_column(0, "customer_id", pa.array(["a", "a", "b", "b", "a", "b"]))
    place = extract.column_names.index("premium_tier")
    extract = extract.set_column(place, "premium_tier", pa.array(["Free", "Gold", "Free", "Gold", "Gold", "Platinum"]))
    outcome = validate_extract(table, extract, week=WEEK, known_customers=pa.chunked_array([["a", "b"]]))
    assert outcome.quarantined["row_number"].to_pylist() == [4]


def test_values_are_brought_to_the_contracts_types() -> None:
    extract = sound_extract(TABLES["customers"], ROWS)
    delivered = extract
    for column, type_ in (
        ("age", pa.int16()),
        ("photo_count", pa.float64()),
        ("followers_count", pa.string()),
        ("gender", pa.dictionary(pa.int32(), pa.string())),
        ("location", pa.large_string()),
        ("signup_at", pa.timestamp("us", "UTC")),
        ("profile_quality_score", pa.string()),
    ):
        place = delivered.column_names.index(column)
        delivered = delivered.set_column(place, column, delivered[column].cast(type_))
    outcome = _validate("customers", delivered)
    assert outcome.counts == {}
    assert outcome.kept.equals(extract)


def test_times_as_text_with_an_offset_become_utc() -> None:
    extract = sound_extract(TABLES["customers"], 4)
    texts = ["2026-03-01T12:00:00+02:00", "2026-03-01T12:00:00Z", "2026-03-01 12:00:00.5", "2026-03-01"]
    place = extract.column_names.index("signup_at")
    kept = _validate("customers", extract.set_column(place, "signup_at", pa.array(texts))).kept
    assert [time.isoformat() for time in kept["signup_at"].to_pylist()] == [
        "2026-03-01T10:00:00",
        "2026-03-01T12:00:00",
        "2026-03-01T12:00:00.500000",
        "2026-03-01T00:00:00",
    ]


def test_a_time_as_a_number_has_no_unit_and_is_refused() -> None:
    extract = sound_extract(TABLES["customers"], 4)
    place = extract.column_names.index("signup_at")
    outcome = _validate("customers", extract.set_column(place, "signup_at", pa.array([1] * 4, pa.int64())))
    assert outcome.counts == {"wrong_type": 4}
    assert outcome.refused


def test_a_nested_column_is_quarantined_as_json() -> None:
    extract = sound_extract(TABLES["customers"], 2)
    place = extract.column_names.index("age")
    outcome = _validate("customers", extract.set_column(place, "age", pa.array([[18], [19, 20]])))
    assert outcome.counts == {"wrong_type": 2}
    assert json.loads(outcome.quarantined["row"][1].as_py())["age"] == [19, 20]


def test_five_percent_is_tolerated_and_more_is_not() -> None:
    ages = np.full(100, 30)
    extract = sound_extract(TABLES["customers"], 100)
    place = extract.column_names.index("age")
    for bad, refused in ((5, False), (6, True)):
        ages[:bad] = 7
        outcome = _validate("customers", extract.set_column(place, "age", pa.array(ages)))
        assert outcome.quarantined_share == bad / 100
        assert outcome.refused is refused


def test_an_empty_extract_has_an_account_of_zeros() -> None:
    outcome = _validate("activity", TABLES["activity"].schema.empty_table())
    assert (outcome.rows_in, outcome.kept.num_rows, outcome.quarantined.num_rows) == (0, 0, 0)


def test_an_account_that_does_not_close_is_refused() -> None:
    outcome = _validate("customers", sound_extract(TABLES["customers"], 3))
    with pytest.raises(ContractError, match="4 rows in, 3 kept, 0 quarantined"):
        replace(outcome, rows_in=4)


def test_columns_that_differ_refuse_the_extract() -> None:
    extract = sound_extract(TABLES["customers"], 3)
    with pytest.raises(ContractError, match=r"missing age.*not in the contract: churned_30d"):
        _validate("customers", extract.drop_columns(["age"]).append_column("churned_30d", pa.array([1, 0, 1])))
    with pytest.raises(ContractError, match="given twice: age"):
        _validate("customers", extract.append_column("age", extract["age"]))


def test_a_week_that_is_no_monday_and_missing_customers_refuse_the_extract() -> None:
    billing = sound_extract(TABLES["billing"], 3)
    with pytest.raises(ContractError, match=r"2026-03-03 is a Tuesday"):
        validate_extract(TABLES["billing"], billing, week=date(2026, 3, 3), known_customers=billing["customer_id"])
    with pytest.raises(ContractError, match="validate the customers of 2026-03-02 first"):
        validate_extract(TABLES["billing"], billing, week=WEEK)


def test_nobody_known_quarantines_everybody() -> None:
    outcome = _validate("billing", sound_extract(TABLES["billing"], 3), known=[])
    assert outcome.counts == {"unknown_customer": 3}
