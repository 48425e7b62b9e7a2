"""Whatever is in a file: a message or an account that closes, never another exception."""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engage_assets.contracts import ContractError
from tests.engage_assets.extracts.small_extracts import HEADER, ingested

FIELD = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["", '"', '""', "\n", "\r\n", ",", "NaN", "-1", "1e999", "9999-12-31", "2024-01-31", "yes"]),
    st.sampled_from(["\x00", "🙂", "\ufeff"]),
)
LINE = st.lists(FIELD, min_size=1, max_size=8).map(",".join)
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def closes(content: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            counts, _ = ingested(Path(folder), content, name=name, max_quarantined_share=0.99)
        except ContractError as error:
            # Any content may be refused, with a message; an account that does not close may not.
            assert len(str(error)) > 20  # noqa: PT017
            assert "report this as a defect" not in str(error)  # noqa: PT017
        else:
            assert counts.rows_in == counts.rows_kept + counts.rows_quarantined
            assert sum(counts.by_rule.values()) == counts.rows_quarantined


@FEW
@given(st.lists(LINE, max_size=12))
def test_any_lines_below_the_header(lines):
    closes("\n".join([HEADER, *lines]).encode("utf-8", "surrogatepass"), "clients.csv")


@FEW
@given(st.binary(max_size=400))
def test_any_bytes_as_csv(content):
    closes(HEADER.encode() + b"\n" + content, "clients.csv")
    closes(content, "clients.csv")


@FEW
@given(st.binary(max_size=300))
def test_any_bytes_as_other_formats(content):
    for name in ("clients.csv.gz", "clients.parquet", "clients.jsonl"):
        closes(content, name)


@pytest.mark.parametrize(
    "content",
    [b"<\r\x1c", "a\rb".encode("utf-16"), b"id,visits\rleft\n1,2,3\n", b'"a\r\nb"c\rd\n1\n'],
    ids=["cp1252", "utf-16", "carriage return before a line feed", "quotes"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_carriage_returns_in_the_header_are_read_or_refused(tmp_path, content, encoding):
    """Found by the fuzzer."""
    try:
        ingested(tmp_path, content, encoding=encoding, max_quarantined_share=0.99)
    except ContractError as error:
        assert len(str(error)) > 20  # noqa: PT017


def test_lines_that_end_in_a_carriage_return_are_read_in_every_encoding(tmp_path):
    rows = [f"c{n},1,2.5,2024-01-31,a,no" for n in range(20)]
    found = {}
    for encoding in ("utf-8", "cp1252", "utf-16"):
        for end in ("\n", "\r"):
            folder = tmp_path / f"{encoding}{len(end)}{ord(end)}"
            folder.mkdir()
            content = end.join([HEADER, *rows, ""]).encode(encoding)
            counts, _ = ingested(folder, content, encoding=encoding, max_quarantined_share=0.99)
            found[encoding, end] = (counts.rows_in, counts.rows_kept)
    assert set(found.values()) == {found["utf-8", "\n"]}
    assert found["utf-8", "\n"][0] == 20


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=10)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=5,
)


@FEW
@given(st.lists(st.dictionaries(st.sampled_from([*HEADER.split(","), "more"]), JSON, max_size=7), max_size=8))
def test_any_json_objects(objects):
    closes("\n".join(json.dumps(each) for each in objects).encode(), "clients.jsonl")


@pytest.mark.parametrize("damage", range(0, 100, 9))
def test_a_parquet_file_with_a_damaged_byte(tmp_path, damage):
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = HEADER.split(",")
    pq.write_table(pa.table({name: ["1", "2"] for name in names}), tmp_path / "sound.parquet")
    content = bytearray((tmp_path / "sound.parquet").read_bytes())
    content[len(content) * damage // 100] ^= 0xFF
    closes(bytes(content), "clients.parquet")
