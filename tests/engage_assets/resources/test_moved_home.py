"""A home that was moved or copied is read where it is, not where it was."""

import shutil
from pathlib import Path

import duckdb
import pytest

from engage_assets.errors import EngageError
from engage_assets.resources.warehouse import DuckDBWarehouse


def made(home: Path, value: int) -> None:
    """A home with a published view, and one that reads no file."""
    (home / "lake" / "published").mkdir(parents=True)
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        lake = home / "lake"
        connection.execute(f"copy (select {value} as x) to '{lake}/published/part-0.parquet' (format parquet)")
        connection.execute("create schema published; create view plain as select 1 as x")
        connection.execute(f"create view published.t as select x from read_parquet('{lake}/published/**/*.parquet')")


def warehouse(home: Path) -> DuckDBWarehouse:
    return DuckDBWarehouse(
        path=str(home / "warehouse.duckdb"), lake_uri=str(home / "lake"), target_path=str(home / "dbt")
    )


def value_in(home: Path) -> int:
    return int(warehouse(home).query("select x from t", search_path="published")["x"][0].as_py())


def test_a_moved_home_is_read_where_it_is(tmp_path: Path) -> None:
    made(tmp_path / "old", 1)
    (tmp_path / "old").rename(tmp_path / "it's new")
    with pytest.raises(EngageError):
        value_in(tmp_path / "old")
    (tmp_path / "it's new").rename(tmp_path / "new home")
    assert value_in(tmp_path / "new home") == 1


def test_a_copy_does_not_read_the_original(tmp_path: Path) -> None:
    made(tmp_path / "old", 1)
    shutil.copytree(tmp_path / "old", tmp_path / "copy")
    with duckdb.connect() as connection:
        part = tmp_path / "old" / "lake" / "published" / "part-0.parquet"
        connection.execute(f"copy (select 2 as x) to '{part}' (format parquet)")
    assert (value_in(tmp_path / "copy"), value_in(tmp_path / "old")) == (1, 2)


def test_one_folder_by_two_names_is_the_same(tmp_path: Path) -> None:
    made(tmp_path / "old", 1)
    (tmp_path / "link").symlink_to(tmp_path / "old")
    before = (tmp_path / "old" / "warehouse.duckdb").stat().st_mtime_ns
    assert value_in(tmp_path / "link") == 1
    assert (tmp_path / "old" / "warehouse.duckdb").stat().st_mtime_ns == before


def test_a_copy_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(tmp_path / "old", 1)
    shutil.copytree(tmp_path / "old", tmp_path / "copy")
    opened = duckdb.connect

    def read_only(path: str, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
        if not read_only:
            raise duckdb.IOException("Cannot open file: Permission denied")
        return opened(path, read_only=True)

    monkeypatch.setattr(duckdb, "connect", read_only)
    with pytest.raises(EngageError, match="was moved or copied"):
        value_in(tmp_path / "copy")
