"""Random damage: the accounting always closes, and nothing but ContractError is ever raised."""

from datetime import datetime
from pathlib import Path

import hypothesis.strategies as st
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings

from engage_assets.contracts import RULES, ContractError, load_contract, read_extract, validate_extract
from tests.engage_assets.contracts.extracts import WEEK, sound_extract

TABLES = load_contract().tables
ROWS = 6

_VALUES = {
    pa.string(): st.none() | st.text(max_size=5) | st.sampled_from(["1", "nan", "2026-03-02", "Free", "9" * 30, "Z"]),
    pa.int64(): st.none() | st.integers(-(2**63), 2**63 - 1) | st.integers(0, 5),
    pa.float64(): st.none() | st.floats(),
    pa.float32(): st.none() | st.floats(width=32),
    pa.bool_(): st.none() | st.booleans(),
    pa.timestamp("ns"): st.none() | st.integers(-(2**63) + 1, 2**63 - 1),
    pa.timestamp("s", "UTC"): st.none() | st.integers(-(2**60), 2**60),
    pa.timestamp("us"): st.none()
    | st.datetimes(datetime.fromisoformat("1900-01-01"), datetime.fromisoformat("2100-01-01")),
    pa.date32(): st.none() | st.integers(-(2**31), 2**31 - 1),
    pa.decimal128(20, 3): st.none() | st.decimals(-(10**9), 10**9, places=3),
    pa.binary(): st.none() | st.binary(max_size=4),
    pa.list_(pa.int64()): st.none() | st.lists(st.integers(0, 9), max_size=2),
    pa.null(): st.none(),
}


@st.composite
def _damaged(draw: st.DrawFn) -> tuple[str, pa.Table]:
    name = draw(st.sampled_from(list(TABLES)))
    extract = sound_extract(TABLES[name], ROWS)
    for column in draw(st.lists(st.sampled_from(extract.column_names), min_size=1, max_size=4, unique=True)):
        type_ = draw(st.sampled_from(list(_VALUES)))
        values = pa.array(draw(st.lists(_VALUES[type_], min_size=ROWS, max_size=ROWS)), type_)
        extract = extract.set_column(extract.column_names.index(column), column, values)
    if draw(st.booleans()):
        extract = pa.concat_tables([extract, extract.slice(draw(st.integers(0, ROWS)))])
    if draw(st.integers(0, 9)) == 0:
        extract = extract.drop_columns([draw(st.sampled_from(extract.column_names))])
    return name, extract


@settings(max_examples=100, deadline=None)
@given(_damaged())
def test_damage_keeps_the_accounting_closed(damaged: tuple[str, pa.Table]) -> None:
    name, extract = damaged
    known = pa.chunked_array([pa.array([f"customer_id-{number:07d}" for number in range(ROWS)])])
    try:
        outcome = validate_extract(TABLES[name], extract, week=WEEK, known_customers=known)
    except ContractError:
        assert set(extract.column_names) != set(TABLES[name].columns)
        return
    assert outcome.kept.num_rows + outcome.quarantined.num_rows == outcome.rows_in == extract.num_rows
    assert len(set(outcome.quarantined["row_number"].to_pylist())) == outcome.quarantined.num_rows
    assert set(outcome.counts) <= set(RULES)
    # What was kept is sound: it passes again, whole.
    again = validate_extract(TABLES[name], outcome.kept, week=WEEK, known_customers=known)
    assert again.kept.equals(outcome.kept)


@pytest.fixture(scope="module")
def sound_bytes(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("sound") / "part-0.parquet"
    pq.write_table(sound_extract(TABLES["billing"], 200), path)
    return path.read_bytes()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused_by_name(data: st.DataObject, sound_bytes: bytes, tmp_path: Path) -> None:
    content = bytearray(sound_bytes)
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    keep = data.draw(st.integers(0, len(content)) | st.just(len(content)))
    path = tmp_path / "part-0.parquet"
    path.write_bytes(bytes(content[:keep]))
    try:
        extract = read_extract(tmp_path)
        validate_extract(TABLES["billing"], extract, week=WEEK, known_customers=pa.chunked_array([["a"]]))
    except ContractError as error:
        assert "part-0.parquet" in str(error) or "billing" in str(error)  # noqa: PT017


def test_what_cannot_be_read_is_refused_with_its_name_and_a_remedy(tmp_path: Path, sound_bytes: bytes) -> None:
    with pytest.raises(ContractError, match=r"nowhere does not exist.*check the path"):
        read_extract(tmp_path / "nowhere")
    with pytest.raises(ContractError, match=r"holds no \*\.parquet file"):
        read_extract(tmp_path)
    for content in (b"", b"customer_id,week\n1,2\n", sound_bytes[: len(sound_bytes) // 2]):
        (tmp_path / "part-0.parquet").write_bytes(content)
        with pytest.raises(ContractError, match=r"part-0\.parquet cannot be read as Parquet .* replace it"):
            read_extract(tmp_path)


def test_several_files_are_one_extract(tmp_path: Path) -> None:
    extract = sound_extract(TABLES["billing"], 10)
    pq.write_table(extract.slice(0, 4), tmp_path / "part-0.parquet")
    pq.write_table(extract.slice(4), tmp_path / "part-1.parquet")
    assert read_extract(tmp_path).equals(extract)
    pq.write_table(extract.drop_columns(["auto_renew"]), tmp_path / "part-2.parquet")
    with pytest.raises(ContractError, match=r"part-2\.parquet and part-0\.parquet differ in the columns auto_renew"):
        read_extract(tmp_path)
    pq.write_table(extract.set_column(0, "customer_id", pa.array([[1]] * 10)), tmp_path / "part-2.parquet")
    with pytest.raises(ContractError, match="do not fit together"):
        read_extract(tmp_path)
