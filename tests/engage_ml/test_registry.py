import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engage_ml import registry, storage
from engage_ml.errors import InputDataError, ModelRefusedError

VERSION = "2026-03-02-0123456789ab"


def stored(folder: Path, version: str = VERSION, state: str | None = "passed") -> str:
    registry.store(str(folder), version, {"card.json": b"{}", "model.json": b"1", "evidence.json": b"{}"})
    if state is not None:
        gates = [{"gate": "fairness", "state": state}, {"gate": "holdout_auc", "state": "passed"}]
        (folder / version / "gates.json").write_text(json.dumps({"state": state, "gates": gates}))
    return version


def test_a_version_never_changes(tmp_path: Path) -> None:
    stored(tmp_path)
    assert not registry.store(str(tmp_path), VERSION, {"card.json": b"{}", "model.json": b"2"})
    assert registry.load(str(tmp_path), VERSION) == {"card.json": b"{}", "model.json": b"1"}


def test_a_version_without_its_card_is_incomplete_and_is_written_again(tmp_path: Path) -> None:
    stored(tmp_path)
    (tmp_path / VERSION / "card.json").unlink()
    with pytest.raises(ModelRefusedError, match="was not found"):
        registry.load(str(tmp_path), VERSION)
    assert registry.store(str(tmp_path), VERSION, {"card.json": b"{}", "model.json": b"2"})


def test_an_unknown_version_names_the_newest(tmp_path: Path) -> None:
    stored(tmp_path)
    with pytest.raises(ModelRefusedError, match=f"the newest there is {VERSION}"):
        registry.load(str(tmp_path), "2026-03-09-000000000000")


@pytest.mark.parametrize("state", ["failed", "insufficient", "PASSED", None])
def test_only_passed_may_score(tmp_path: Path, state: str | None) -> None:
    stored(tmp_path, state=state)
    with pytest.raises(ModelRefusedError, match="no gate verdict" if state is None else "fairness"):
        registry.require_passed(str(tmp_path), VERSION)


def test_a_damaged_verdict_refuses(tmp_path: Path) -> None:
    stored(tmp_path)
    (tmp_path / VERSION / "gates.json").write_text('{"state": "pas')
    with pytest.raises(ModelRefusedError, match="cannot be read"):
        registry.require_passed(str(tmp_path), VERSION)


def test_the_previous_version_is_the_newest_passed_one_of_an_earlier_week(tmp_path: Path) -> None:
    stored(tmp_path, "2026-02-16-aaaaaaaaaaaa")
    stored(tmp_path, "2026-02-23-aaaaaaaaaaaa")
    stored(tmp_path, "2026-03-02-aaaaaaaaaaaa", state="failed")
    stored(tmp_path, "2026-03-09-aaaaaaaaaaaa")
    assert registry.previous_version(str(tmp_path), date(2026, 3, 9)) == "2026-02-23-aaaaaaaaaaaa"
    assert registry.previous_version(str(tmp_path), date(2026, 2, 16)) is None
    assert registry.previous_version(str(tmp_path / "absent"), date(2026, 2, 16)) is None


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    uri = str(tmp_path / "file.json")
    storage.write_bytes(uri, b"old")

    def write_half() -> None:
        with storage.AtomicFile(uri) as stream:
            stream.write(b"half of the n")
            raise RuntimeError("disk")

    with pytest.raises(RuntimeError, match="disk"):
        write_half()
    assert storage.read_bytes(uri) == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["file.json"]


def test_replacing_a_table_leaves_one_file(tmp_path: Path) -> None:
    for name in ("part-0.parquet", "part-1.parquet"):
        pq.write_table(pa.table({"a": [1]}), tmp_path / name)
    storage.replace_table(str(tmp_path), pa.table({"a": [2, 3]}))
    assert storage.parquet_files(str(tmp_path)) == [str(tmp_path / "part-0.parquet")]
    assert pq.ParquetFile(tmp_path / "part-0.parquet").metadata.num_rows == 2


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputDataError, match="no Parquet file"):
        storage.parquet_files(str(tmp_path))


def test_file_uris_work_like_paths(tmp_path: Path) -> None:
    storage.write_bytes(f"file://{tmp_path}/x.json", b"[1]")
    assert storage.read_json(str(tmp_path / "x.json")) == [1]
