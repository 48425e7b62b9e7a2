"""A table of the extract may be a query: on its files, on a DuckDB file, or on a database that SQLAlchemy reaches."""

import os
import sqlite3

import duckdb
import pyarrow.parquet as pq
import pytest

from engage_assets.contracts import ContractError
from engage_assets.extracts import ingest
from engage_assets.extracts.ingestion import fingerprint_of
from engage_assets.extracts.queries import stamp_of
from tests.engage_assets.extracts.small_extracts import SNAPSHOT, contract_of

ROWS = [("a", 3, 10.5, "basic", "2024-01-31", "no"), ("b", 4, None, "gold", "2024-02-29", "yes")]
WRONG = ("c", -1, 1.0, "silver", "2024-01-31", "no")
CREATE = (
    "create table clients "
    "(id varchar, visits integer, paid double precision, plan varchar, since date, left_us varchar)"
)
QUERY = 'select id, visits, paid, plan, since, left_us as "left" from clients order by id'


def duckdb_file(folder, rows):
    with duckdb.connect(str(folder / "shop.duckdb")) as connection:
        connection.execute("drop table if exists clients; " + CREATE)
        connection.executemany("insert into clients values (?, ?, ?, ?, ?, ?)", rows)
    return "shop.duckdb"


def sqlite_file(folder, rows):
    with sqlite3.connect(folder / "shop.db") as connection:
        connection.execute("drop table if exists clients")
        connection.execute(CREATE)
        connection.executemany("insert into clients values (?, ?, ?, ?, ?, ?)", rows)
    connection.close()
    return "sqlite:///shop.db"


def contract(folder, database, query=QUERY):
    return contract_of(SNAPSHOT, folder, files=None, database=database, query=query)


@pytest.mark.parametrize("made", [duckdb_file, sqlite_file])
def test_the_rows_of_a_query_are_judged_like_those_of_a_file(tmp_path, made):
    own = contract(tmp_path, made(tmp_path, [*ROWS, WRONG]))
    counts = ingest(own, str(tmp_path), tmp_path / "taken").tables["clients"]
    assert (counts.rows_in, counts.rows_kept, counts.by_rule) == (3, 2, {"out_of_range": 1})
    kept = pq.read_table(tmp_path / "taken" / "rows" / "clients").to_pylist()
    assert [row["customer_id"] for row in kept] == ["a", "b"]
    assert [row["paid"] for row in kept] == [10.5, None]
    assert [str(row["since"]) for row in kept] == ["2024-01-31", "2024-02-29"]


@pytest.mark.parametrize("made", [duckdb_file, sqlite_file])
def test_a_changed_database_file_is_another_drop(tmp_path, made):
    own = contract(tmp_path, made(tmp_path, ROWS))
    before = fingerprint_of(own, str(tmp_path))
    assert fingerprint_of(own, str(tmp_path)) == before
    made(tmp_path, ROWS[:1])
    for file in tmp_path.glob("shop.*"):
        os.utime(file, ns=(0, file.stat().st_mtime_ns + 1_000_000))
    assert fingerprint_of(own, str(tmp_path)) != before


JOINED = """
    select c.id, cast(sum(o.items) as bigint) as visits, sum(o.items * o.price) as paid, c.plan, c.since, c.left
    from 'clients.csv' c left join read_csv('orders/*.csv') o using (id) group by all
"""


def joined_files(folder):
    (folder / "orders").mkdir(exist_ok=True)
    (folder / "clients.csv").write_text(
        "id,plan,since,left\na,basic,2024-01-31,no\nb,gold,2024-02-29,yes\nc,silver,,no\n"
    )
    (folder / "orders" / "1.csv").write_text("id,items,price\na,1,2.5\nb,2,1\n")
    (folder / "orders" / "2.csv").write_text("id,items,price\na,2,4\n")
    return contract(folder, "files", JOINED)


def test_tables_are_joined_and_amounts_computed_by_a_query_on_the_files(tmp_path, monkeypatch):
    own = joined_files(tmp_path)
    monkeypatch.chdir("/")  # names are below the extract's folder, wherever the command runs
    counts = ingest(own, str(tmp_path), tmp_path / "taken").tables["clients"]
    assert (counts.rows_in, counts.rows_kept, counts.by_rule) == (3, 2, {"unknown_category": 1})
    kept = pq.read_table(tmp_path / "taken" / "rows" / "clients").to_pylist()
    assert {row["customer_id"]: (row["visits"], row["paid"]) for row in kept} == {"a": (3, 10.5), "b": (2, 2.0)}


def test_a_changed_file_of_a_query_is_another_drop(tmp_path):
    own = joined_files(tmp_path)
    before = fingerprint_of(own, str(tmp_path))
    assert fingerprint_of(own, str(tmp_path)) == before
    (tmp_path / "orders" / "3.csv").write_text("id,items,price\nb,2,4\n")
    assert fingerprint_of(own, str(tmp_path)) != before


def test_a_query_on_the_files_of_a_prefix_says_that_it_needs_a_folder(tmp_path):
    with pytest.raises(ContractError, match="reads the files of a folder, not of s3://shop/drops; copy them"):
        ingest(joined_files(tmp_path), "s3://shop/drops", None)


def test_the_address_of_a_server_is_no_file(tmp_path, monkeypatch):
    own = contract(tmp_path, "postgresql://host/shop")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "postgresql:" / "host").mkdir(parents=True)
    (tmp_path / "postgresql:" / "host" / "shop").write_text("")
    assert stamp_of(own.tables["clients"], str(tmp_path)) is None


def test_a_password_comes_from_the_environment(tmp_path, monkeypatch):
    database = sqlite_file(tmp_path, ROWS)
    own = contract(tmp_path, "${SHOP_DATABASE}")
    with pytest.raises(ContractError, match=r"SHOP_DATABASE.*is not set"):
        ingest(own, str(tmp_path), None)
    monkeypatch.setenv("SHOP_DATABASE", database)
    assert ingest(own, str(tmp_path), None).tables["clients"].rows_kept == 2


@pytest.mark.parametrize(
    ("database", "query", "message"),
    [
        ("nothing.duckdb", QUERY, "nothing.duckdb: the query failed"),
        ("sqlite:///nothing.db", QUERY, "nothing.db does not exist"),
        ("shop.duckdb", "select id from nowhere", "the query failed .*nowhere"),
        ("files", "select id from 'nowhere.csv'", "table clients: the query failed .*nowhere.csv"),
        ("files", "drop table clients", "table clients: the query failed"),
        ("shop.duckdb", "select id from clients", "the query of table clients lacks the columns visits"),
        ("sqlite:///shop.db", "select id from nowhere", "failed .*nowhere"),
        ("nosuchdialect://host/db", QUERY, "failed .*nosuchdialect"),
    ],
)
def test_what_cannot_be_queried_is_named(tmp_path, database, query, message):
    duckdb_file(tmp_path, ROWS)
    sqlite_file(tmp_path, ROWS)
    with pytest.raises(ContractError, match=message):
        ingest(contract(tmp_path, database, query), str(tmp_path), None)
    assert not (tmp_path / "nothing.db").exists()
