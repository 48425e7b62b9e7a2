from dataclasses import dataclass
from datetime import date

import pytest

from engage_assets.checks.result import GateResult
from engage_assets.errors import GateRefusedError
from engage_assets.records.gate_log import as_table, read_records, require, write_record
from engage_assets.resources.lake import LocalLake

WEEK = date(2026, 11, 9)


@dataclass(frozen=True)
class Named:
    name: str
    may_be_insufficient: bool = False


@pytest.fixture
def lake(tmp_path):
    return LocalLake(root=str(tmp_path))


def record(lake, gate, state, subject="v1"):
    return write_record(lake, WEEK, "models/churn", GateResult(gate, state, 1.0, "limit", "message"), subject=subject)


def test_a_verdict_comes_back_and_the_newest_counts(lake):
    record(lake, "a", "failed")
    kept = record(lake, "a", "passed")
    assert read_records(lake, WEEK) == [kept]
    assert require(read_records(lake, WEEK), [Named("a")], subject="v1") == [kept]


@pytest.mark.parametrize(
    ("state", "lenient", "refused"),
    [
        ("passed", False, False),
        ("failed", False, True),
        ("failed", True, True),
        ("insufficient", False, True),
        ("insufficient", True, False),
    ],
)
def test_only_what_passed_or_may_be_insufficient_is_let_through(lake, state, lenient, refused):
    record(lake, "a", state)
    gates = [Named("a", may_be_insufficient=lenient)]
    if refused:
        with pytest.raises(GateRefusedError, match=f"a: {state}: message"):
            require(read_records(lake, WEEK), gates, subject="v1")
    else:
        assert require(read_records(lake, WEEK), gates, subject="v1")


def test_a_missing_verdict_refuses(lake):
    with pytest.raises(GateRefusedError, match="a: was not evaluated"):
        require(read_records(lake, WEEK), [Named("a")], subject="v1")


def test_a_verdict_on_something_else_refuses(lake):
    record(lake, "a", "passed", subject="an older model")
    with pytest.raises(GateRefusedError, match="was not evaluated for v1"):
        require(read_records(lake, WEEK), [Named("a")], subject="v1")


def test_rows_of_the_gates_table(lake):
    record(lake, "a", "passed")
    [row] = as_table(read_records(lake, WEEK), WEEK, "r1").to_pylist()
    assert (row["gate"], row["state"], row["run_id"], row["limit_text"]) == ("a", "passed", "r1", "limit")
