import hashlib
import os
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engage_assets.synthetic import REFERENCE_WEEK, Platform, write_weeks, writing
from tests.engage_assets.synthetic.worlds import LAST, SMALL, Written


def fingerprints(lake: Path, week: date) -> dict[str, str]:
    """Digest of every file of a week, by its path in the lake."""
    files = sorted(lake.glob(f"**/week={week}/*.parquet"))
    return {str(file.relative_to(lake)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_a_week_alone_equals_the_same_week_in_a_range(written: Written, tmp_path: Path) -> None:
    for week in (written.weeks[0], written.weeks[-1]):
        write_weeks(SMALL, [week], tmp_path)
        assert fingerprints(tmp_path, week) == fingerprints(written.lake, week)
    assert len(fingerprints(tmp_path, LAST)) == 5


@pytest.mark.integration
def test_workers_do_not_change_the_bytes(written: Written, tmp_path: Path) -> None:
    told: list[str] = []
    write_weeks(SMALL, written.weeks[-2:], tmp_path, workers=2, progress=told.append)
    for week in written.weeks[-2:]:
        assert fingerprints(tmp_path, week) == fingerprints(written.lake, week)
    assert told[-1].startswith("2 of 2")


def test_another_seed_is_another_platform(written: Written, tmp_path: Path) -> None:
    write_weeks(Platform(SMALL.customers, seed=1), [LAST], tmp_path)
    ours, theirs = fingerprints(tmp_path, LAST), fingerprints(written.lake, LAST)
    assert ours.keys() == theirs.keys()
    assert not set(ours.values()) & set(theirs.values())


@pytest.mark.parametrize("workers", [1, 2])
def test_chunks_and_parts_hold_the_same_customers(
    written: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    if workers == 2:
        monkeypatch.setattr(writing, "ProcessPoolExecutor", InProcess)
    monkeypatch.setattr(writing, "CHUNK", 400)
    monkeypatch.setattr(writing, "PART", 800)
    write_weeks(SMALL, [LAST], tmp_path, workers=workers)
    for table in ("customers", "activity", "billing", "campaign_contacts"):
        folder = tmp_path / "raw" / table / f"week={LAST}"
        assert sorted(part.name for part in folder.iterdir()) == ["part-0.parquet", "part-1.parquet"]
        parts = pa.concat_tables([pq.read_table(part) for part in sorted(folder.iterdir())])
        assert parts.equals(written.read(table, LAST))


class InProcess:
    """A pool that runs what it is given at once: worker processes would not see patched block sizes."""

    def __init__(self, *_: object, **__: object) -> None: ...

    def __enter__(self) -> "InProcess":
        return self

    def __exit__(self, *_: object) -> None: ...

    def submit(self, function, *arguments):  # type: ignore[no-untyped-def]
        from concurrent.futures import Future

        future: Future[object] = Future()
        future.set_result(function(*arguments))
        return future


def test_the_counts_are_the_rows_in_the_files(written: Written, tmp_path: Path) -> None:
    weeks = [LAST - timedelta(weeks=1), LAST]
    rows = write_weeks(SMALL, weeks, tmp_path)
    for table, count in rows.items():
        assert count == sum(written.read(table, week).num_rows for week in weeks)
    assert rows["customers"] == rows["activity"] == rows["billing"] == rows["truth"]


def test_after_the_reference_week_new_accounts_follow(tmp_path: Path) -> None:
    later = REFERENCE_WEEK + timedelta(weeks=10)
    assert write_weeks(SMALL, [later], tmp_path)["customers"] == SMALL.customers + 22


def test_a_failed_run_leaves_the_week_as_it_was(
    written: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_weeks(SMALL, [LAST], tmp_path)
    before = fingerprints(tmp_path, LAST)

    def fail(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(writing, "truth_columns", fail)
    with pytest.raises(OSError, match="No space"):
        write_weeks(Platform(50), [LAST], tmp_path)
    assert fingerprints(tmp_path, LAST) == before
    assert not (tmp_path / ".staging").exists()


def test_what_a_killed_run_left_behind_is_removed(tmp_path: Path) -> None:
    dead, alive = (tmp_path / ".staging" / f"synthetic-{owner}" for owner in ("999999999-x", f"{os.getppid()}-x"))
    for folder in (dead, alive):
        (folder / "customers").mkdir(parents=True)
    write_weeks(Platform(50), [LAST], tmp_path)
    assert not dead.exists()
    assert alive.exists()


def test_a_tiny_platform_has_every_table(tmp_path: Path) -> None:
    rows = write_weeks(Platform(1), [LAST], tmp_path)
    assert rows["customers"] == 1
    contacts = pq.read_table(tmp_path / "raw" / "campaign_contacts" / f"week={LAST}" / "part-0.parquet")
    assert contacts.num_rows == rows["campaign_contacts"]
    assert "contacted_at" in contacts.column_names
