from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engage_assets.resources.lake import LocalLake, week_folder

ROWS = pa.table({"a": [1, 2]})


@pytest.fixture
def lake(tmp_path):
    return LocalLake(root=str(tmp_path / "lake"))


def test_a_table_comes_back(lake):
    size = lake.write_table("raw/x/week=2026-11-09", ROWS)
    assert lake.read_table("raw/x/week=2026-11-09").equals(ROWS)
    assert lake.size("raw/x") == size
    assert lake.weeks("raw/x") == [date(2026, 11, 9)]


def test_writing_again_replaces(lake):
    lake.write_table("t", ROWS)
    lake.write_table("t", ROWS.slice(0, 1))
    assert lake.read_table("t").num_rows == 1


def test_a_write_that_fails_leaves_the_old_file_and_no_other(lake, tmp_path, monkeypatch):
    lake.write_table("t", ROWS)

    def full_disk(rows, path, **_):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq, "write_table", full_disk)
    with pytest.raises(OSError, match="No space"):
        lake.write_table("t", ROWS.slice(0, 1))
    assert lake.read_table("t").equals(ROWS)
    assert [file.name for file in (tmp_path / "lake" / "t").iterdir()] == ["part-0.parquet"]


def test_an_absent_table_is_an_error_that_names_the_place(lake):
    with pytest.raises(FileNotFoundError, match=r"no Parquet file in .*nothing"):
        lake.read_table("nothing")


def test_json_comes_back_and_clear_removes(lake):
    lake.write_json("a/b.json", {"x": 1})
    assert lake.read_json("a/b.json") == {"x": 1}
    lake.clear("a")
    lake.clear("a")
    assert lake.names("a") == []


def test_folders_of_a_run():
    assert week_folder("predictions", date(2026, 11, 9), "r1") == "predictions/week=2026-11-09/run_id=r1"
