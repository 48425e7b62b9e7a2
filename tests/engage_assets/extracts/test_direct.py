"""Numbers and times that Arrow's parser reads at once: the same rows, and the same refusals, as by the careful way."""

import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engage_assets.extracts import ingest, pieces
from engage_assets.extracts.direct import DirectTypes, is_direct
from tests.engage_assets.extracts.small_extracts import contract_of

TRICKY = (
    *("1", "-3", "+4", "007", "0x1F", "0X2", "1.5", ".5", "5.", "+1.5", "1e3", "1e400", "-0", "1,234", "1_0"),
    *("nan", "NaN", "inf", "-inf", "nan(1)", "Infinity", "9007199254740993", "9223372036854775808", "NA", "?", "-"),
    *("true", "False", "yes", "0", "gold", "null", "None", "9999-12-31", "0001-01-01", "2024-02-30", "20240131"),
    *("2024-01-31", "2024-01-31T10", "2024-01-31T10:11", "2024-01-31T10:11:12.123456", "2024-01-31T10:11:12.1234567"),
    *("2024-01-31T10:11:12Z", "2024-01-31T10:11+02:00", "31.01.2024", "31.02.2024", "1.1.2024"),
)
SPACED = ["", " ", " 5 ", "\t7", " NA ", "2024-01-31 ", " 2024-01-31T10:11:12", "\u00a05", "2024-01-31 10:11"]

COLUMNS = {
    "id": {"role": "key"},
    "count": {"role": "behaviour", "type": "int", "min": -5},
    "share": {"role": "behaviour", "type": "float"},
    "paid": {"role": "money", "as": "revenue"},
    "day": {"role": "signup", "type": "date"},
    "at": {"role": "signup", "type": "timestamp"},
    "german": {"role": "signup", "type": "date", "date_format": "%d.%m.%Y"},
    "flag": {"role": "category", "type": "bool"},
    "plan": {"role": "category", "categories": ["basic"], "other_category": True},
    "note": {"role": "behaviour", "type": "float", "null_tokens": ["?"]},
}
CONTRACT = {
    "name": "both_ways",
    "kind": "history",
    "tables": {
        "rows": {
            "files": "rows.csv",
            "grain": "event",
            "null_tokens": ["", "NA", " - "],
            "max_quarantined_share": 0.99,
            "columns": {**COLUMNS, "when": {"role": "time", "type": "date"}},
        }
    },
}
TEXTS = st.one_of(
    st.sampled_from(TRICKY),
    st.sampled_from(SPACED),
    st.integers(-(10**20), 10**20).map(str),
    st.floats().map(str),
    st.text(alphabet="0123456789.-+eE:T xX", max_size=12),
    st.text(st.characters(exclude_characters='",\r\n', exclude_categories=["Cs"]), max_size=5),
)
LINE = st.lists(TEXTS, min_size=len(COLUMNS), max_size=len(COLUMNS))


def outcome(lines, folder, *, careful, monkeypatch):
    header = ",".join([*COLUMNS, "when"])
    rows = [
        ",".join([*('"' + field + '"' if "," in field else field for field in line), "2024-03-01"]) for line in lines
    ]
    (folder / "rows.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8", newline="")
    contract = contract_of(CONTRACT, folder)
    target = folder / ("careful" if careful else "direct")
    target.mkdir()
    with monkeypatch.context() as patch:
        if careful:
            patch.setattr(pieces, "DirectTypes", lambda *_: None)
        counts = ingest(contract, str(folder), target).tables["rows"]
    kept, refused = (pq.read_table(target / part / "rows") for part in ("rows", "quarantine"))
    return counts, kept, refused.drop_columns("week").to_pylist()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example([["a", "0x1F", "nan(1)", "1", " 2024-01-31", "2024-01-31T10", "", "", "", ""]])
@example([["a", "1", "1", "1", "", "", "", "", "", ""], ["b", "x", "nan", "inf", "x", "x", "x", "x", "x", "x"]])
@given(st.lists(LINE, min_size=1, max_size=6))
def test_both_ways_give_the_same(monkeypatch, lines):
    with tempfile.TemporaryDirectory() as folder:
        quick = outcome(lines, Path(folder), careful=False, monkeypatch=monkeypatch)
        slow = outcome(lines, Path(folder), careful=True, monkeypatch=monkeypatch)
    assert quick[0] == slow[0]
    assert quick[1].equals(slow[1]) or str(quick[1].to_pylist()) == str(slow[1].to_pylist())
    assert quick[2] == slow[2]


@pytest.mark.parametrize(
    ("column", "direct"),
    [("id", True), ("count", True), ("at", True), ("german", False), ("flag", False), ("plan", False), ("note", False)],
)
def test_which_columns_are_read_at_once(tmp_path, column, direct):
    table = contract_of(CONTRACT, tmp_path).tables["rows"]
    assert is_direct(table.columns[column], table) is direct


def test_a_column_that_refuses_once_does_not_slow_the_others_down(tmp_path, monkeypatch):
    """The file is parsed again for its one bad column, and not line by line."""
    read = []
    real = pieces.parse_piece
    monkeypatch.setattr(pieces, "parse_piece", lambda *a: read.append(real(*a)) or read[-1])
    lines = [["a", "1", "1.5", "2", "2024-01-31", "", "", "", "", ""], ["b", "x", "2.5", "3", "2024-01-31", *[""] * 5]]
    counts, _, refused = outcome(lines, tmp_path, careful=False, monkeypatch=monkeypatch)
    assert (counts.rows_kept, counts.by_rule) == (1, {"wrong_type": 1})
    assert refused[0]["value"] == "x"
    types = {field.name: str(field.type) for field in read[0].rows.schema}
    assert types["count"].startswith("dictionary")
    assert (types["share"], types["day"]) == ("double", "date32[day]")


def test_a_column_that_another_piece_has_learnt_of_is_parsed_again(tmp_path):
    """Two pieces that fail on one column at once: neither may be read line by line for it."""
    table = contract_of(CONTRACT, tmp_path).tables["rows"]
    direct = DirectTypes(table, ["id", "count"])
    tried = direct.options(b"")
    refusal = pa.ArrowInvalid("In CSV column #1: Row #1: CSV conversion error to int64: invalid value 'x'")
    assert direct.learn(refusal, ["id", "count"], tried)
    assert direct.learn(refusal, ["id", "count"], tried)
    assert not direct.learn(refusal, ["id", "count"], direct.options(b""))
