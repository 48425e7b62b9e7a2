"""The lake in S3 does what the lake in a folder does; and an object appears whole or not at all."""

from datetime import date

import pyarrow as pa
import pytest

from engage_assets.resources.lake import LocalLake
from engage_assets.resources.lake_s3 import S3Lake
from engage_ml import storage
from tests.aws.local_aws.platform import BUCKET, REGION

ROWS = pa.table({"a": [1, 2]})


@pytest.fixture(params=["folder", "s3"])
def lake(request, aws, tmp_path):
    if request.param == "folder":
        return LocalLake(root=str(tmp_path / "lake"))
    lake = S3Lake(root=f"s3://{BUCKET}/tests/{tmp_path.name}", region=REGION)
    lake.clear("")
    return lake


def test_a_table_comes_back(lake):
    size = lake.write_table("raw/x/week=2026-11-09", ROWS)
    assert lake.read_table("raw/x/week=2026-11-09").equals(ROWS)
    assert lake.size("raw/x") == size
    assert lake.weeks("raw/x") == [date(2026, 11, 9)]
    assert lake.read_table("raw/x", columns=["a"]).num_rows == 2


def test_writing_again_replaces(lake):
    lake.write_table("t", ROWS)
    lake.write_table("t", ROWS.slice(0, 1))
    assert lake.read_table("t").num_rows == 1


def test_what_is_not_there(lake):
    with pytest.raises(FileNotFoundError, match=r"no Parquet file in .*nothing"):
        lake.read_table("nothing")
    with pytest.raises(FileNotFoundError):
        lake.read_json("nothing.json")
    assert lake.names("nothing") == []
    assert lake.size("nothing") == 0
    lake.clear("nothing")
    lake.clear_file("nothing")


def test_json_names_and_clearing(lake):
    lake.write_json("a/b.json", {"x": 1})
    lake.write_json("a/c/d.json", {"x": 2})
    lake.write_json("ab/e.json", {})
    assert lake.read_json("a/b.json") == {"x": 1}
    assert lake.names("a") == ["b.json", "c"]
    lake.clear_file("a/b.json")
    assert lake.names("a") == ["c"]
    lake.clear("a")
    assert lake.names("a") == []
    assert lake.names("ab") == ["e.json"]


def test_what_is_written_into_a_filled_folder_replaces_it(lake):
    lake.write_json("reports/week=1/old.json", {})
    lake.write_json("reports/week=2/kept.json", {})
    with lake.filled("reports/week=1") as folder:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "new.txt").write_text("new")
    assert "new.txt" in lake.names("reports/week=1")
    assert lake.names("reports/week=2") == ["kept.json"]
    with lake.opened("reports/week=1") as folder:
        assert (folder / "new.txt").read_text() == "new"
        assert folder.name == "week=1"
    with lake.opened("nothing") as folder:
        assert not folder.exists()


def test_two_writers_of_a_folder_in_s3_keep_what_the_other_wrote(aws):
    lake = S3Lake(root=f"s3://{BUCKET}/tests/shared", region=REGION)
    for name in ("a.pdf", "old.pdf"):
        lake.write_json(f"week=1/{name}", {})
    with lake.filled("week=1") as folder:
        (folder / "brief.md").write_text("brief")
    assert lake.names("week=1") == ["a.pdf", "brief.md", "old.pdf"]
    with lake.filled("week=1") as folder:
        (folder / "a.pdf").write_text("new")
    assert lake.names("week=1") == ["a.pdf", "brief.md"]


def test_a_folder_in_s3_that_could_not_be_filled_stays_as_it_was(aws, tmp_path):
    lake = S3Lake(root=f"s3://{BUCKET}/tests/filled", region=REGION)
    lake.write_json("x/old.json", {})
    with pytest.raises(OSError, match="full"), lake.filled("x") as folder:
        fill_half(folder / "new.txt")
    assert lake.names("x") == ["old.json"]


def test_programs_read_and_write_the_same_objects(aws, monkeypatch):
    for name, value in aws.task_environment().items():
        monkeypatch.setenv(name, value)
    uri = f"s3://{BUCKET}/tests/programs"
    lake = S3Lake(root=uri, region=REGION)
    storage._s3.cache_clear()
    storage.replace_table(f"{uri}/t", ROWS)
    assert lake.read_table("t").equals(ROWS)
    assert storage.list_names(uri) == ["t"]
    assert [batch.num_rows for batch in storage.read_batches(f"{uri}/t", columns=["a"], batch_rows=1)] == [1, 1]
    storage.write_bytes(f"{uri}/x.json", b"{}")
    assert storage.read_json(f"{uri}/x.json") == {}
    with pytest.raises(FileNotFoundError):
        storage.read_bytes(f"{uri}/nothing")


def test_an_object_that_is_broken_off_does_not_appear(aws, monkeypatch):
    for name, value in aws.task_environment().items():
        monkeypatch.setenv(name, value)
    uri = f"s3://{BUCKET}/tests/broken"
    with pytest.raises(OSError, match="full"), storage.AtomicFile(f"{uri}/x.bin") as stream:
        break_off(stream)
    assert aws.keys("tests/broken") == []


def fill_half(file):
    file.write_text("half")
    raise OSError("the disk is full")


def break_off(stream):
    stream.write(b"half")
    raise OSError("the disk is full")
