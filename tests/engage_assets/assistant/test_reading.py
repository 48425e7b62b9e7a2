"""Reading: limits, a file that is never held open, a run that writes at the same time, and a locked connection."""

import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest
import yaml

from engage_assets.assistant import reading
from engage_assets.assistant.guard import MINIMUM_GROUP, GuardError
from engage_assets.assistant.reading import (
    READ_FOLDERS,
    DuckDBTables,
    NothingPublishedError,
    QueriedTables,
    QueryLimitError,
    TablesBusyError,
)
from engage_assets.errors import EngageError, InputError
from tests.engage_assets.assistant.contracts import published_types
from tests.engage_assets.assistant.world import HOSTILE_PLACE, SMALL_PLACE, WEEKS, World, build_world, publish


def rows(tables, sql, policy="free"):
    return tables.fetch({"rows": sql}, policy=policy)["rows"].to_pylist()


@pytest.fixture
def own_home(tmp_path, world):
    publish(world, tmp_path, published_types())
    return tmp_path


def test_no_group_of_fewer_people_comes_out(tables, world):
    keys = ["reason_1", "churn_risk_tier", "lifecycle_stage"]
    sizes = world.people.groupby(keys)["customer_id"].nunique()
    found = rows(tables, f"select count(*) as n from customer_scores group by {', '.join(keys)}")
    assert (sizes < MINIMUM_GROUP).any()
    assert len(found) == (sizes >= MINIMUM_GROUP).sum()
    one_person = f"churn_probability = {float(world.people['churn_probability'].iloc[3])!r}"
    assert rows(tables, f"select avg(expected_ltv_12m_usd) from customer_scores where {one_person}") == []
    # The same person in many weeks is still one person.
    assert rows(tables, "select avg(churn_probability) from at_risk_customers where risk_rank <= 5") == []


VALUE_IN_ERROR = "select cast(reason_1 as int), count(*) from customer_scores group by reason_1"


def test_an_error_does_not_tell_a_value(tables, world):
    with pytest.raises(QueryLimitError, match="a value does not fit") as error:
        rows(tables, VALUE_IN_ERROR)
    assert not any(reason in str(error.value) for reason in world.people["reason_1"].dropna().unique())
    with pytest.raises(QueryLimitError, match="no_such_column"):
        rows(tables, "select no_such_column from segments")


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("INVALID_CAST_ARGUMENT: Cannot cast 'a secret' to INT", "a value does not fit"),
        ("COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved", "Column 'x'"),
        ("SYNTAX_ERROR: line 1:8: mismatched input", "mismatched input"),
    ],
)
def test_an_error_of_athena_does_not_tell_a_value(reason, shown):
    def query_all(_):
        raise InputError(f"the query cannot be run: {reason} (Athena query 7, FAILED)")

    tables = QueriedTables(set, query_all, str)
    with pytest.raises(EngageError, match=shown) as error:
        tables._run({"rows": "select 1"})
    assert "secret" not in str(error.value)


def test_small_places_are_left_out_and_hostile_values_are_values(tables):
    places = {
        row["location"] for row in rows(tables, f"select location from locations where week = date '{WEEKS[-1]}'")
    }
    assert SMALL_PLACE not in places
    assert HOSTILE_PLACE in places


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_text('/etc/hostname')",
        "select * from '{lake}/secret/x.parquet'",
        "copy (select 1) to '{lake}/stolen.csv'",
        "attach '{lake}/other.duckdb' as other",
        "set enable_external_access = true",
        "insert into published.segments select * from published.segments",
    ],
)
def test_the_connection_itself_refuses_what_the_guard_would_have_stopped(tables, sql, published_home):
    with pytest.raises(QueryLimitError, match="cannot be run"):
        tables._run({"rows": sql.format(lake=published_home / "lake")})
    assert not (published_home / "lake" / "stolen.csv").exists()


def test_a_statement_that_takes_too_long_is_stopped(published_home):
    slow = DuckDBTables(published_home / "warehouse.duckdb", published_home / "lake", timeout_seconds=0.5)
    slow.schema()
    many = ", ".join(f"segments as s{n}" for n in range(9))
    started = time.monotonic()
    with pytest.raises(QueryLimitError, match="stopped after 0"):
        rows(slow, f"select sum(s0.customers * s1.customers) from {many}, locations as l, lift as f")
    assert time.monotonic() - started < 8


def test_too_many_bytes_are_refused_and_too_many_rows_are_cut(tables, monkeypatch):
    assert len(rows(tables, "select a.segment from segments as a, segments as b, locations as c, lift as d")) == 1_001
    monkeypatch.setattr(reading, "BYTE_LIMIT", 100)
    with pytest.raises(QueryLimitError, match="MB are shown"):
        rows(tables, "select segment from segments")


def test_a_question_waits_for_a_short_write_and_gives_up_on_a_long_one(own_home, monkeypatch):
    hold = (
        "import duckdb, sys, time; held = duckdb.connect(sys.argv[1]); print('held', flush=True); "
        "time.sleep(float(sys.argv[2]))"
    )
    warehouse = str(own_home / "warehouse.duckdb")
    tables = DuckDBTables(own_home / "warehouse.duckdb", own_home / "lake")
    with subprocess.Popen([sys.executable, "-c", hold, warehouse, "0.7"], stdout=subprocess.PIPE) as writer:
        writer.stdout.readline()
        assert len(rows(tables, f"select segment from segments where week = date '{WEEKS[0]}'")) == 6
    monkeypatch.setattr(reading, "LOCK_PATIENCE_SECONDS", 0.3)
    with subprocess.Popen([sys.executable, "-c", hold, warehouse, "30"], stdout=subprocess.PIPE) as writer:
        writer.stdout.readline()
        with pytest.raises(TablesBusyError, match="a run is writing"):
            rows(tables, "select segment from segments")
        writer.kill()


def test_the_file_is_free_between_questions_and_a_new_week_is_noticed(own_home, world):
    tables = DuckDBTables(own_home / "warehouse.duckdb", own_home / "lake")
    assert tables.vocabulary().newest_week == WEEKS[-1]
    # Another process can write: nothing holds the file.
    write = "import duckdb, sys; duckdb.connect(sys.argv[1]).execute(sys.argv[2])"
    withdrawn = f"delete from published.weekly_summary where week = date '{WEEKS[-1]}'"
    subprocess.run([sys.executable, "-c", write, str(own_home / "warehouse.duckdb"), withdrawn], check=True)
    assert tables.vocabulary().newest_week == WEEKS[-1]
    (own_home / "lake" / "published" / f"week={WEEKS[-1]}" / "pointer.parquet").unlink()
    assert tables.vocabulary().newest_week == WEEKS[1]


def test_nothing_is_published_yet(tmp_path):
    tables = DuckDBTables(tmp_path / "warehouse.duckdb", tmp_path / "lake")
    with pytest.raises(NothingPublishedError, match="engage run"):
        tables.schema()
    duckdb.connect(str(tmp_path / "warehouse.duckdb")).close()
    with pytest.raises(NothingPublishedError, match="engage run"):
        tables.schema()


def test_a_platform_without_a_published_week_says_so(tmp_path):
    world = build_world()
    publish(
        World(world.people, {name: frame.head(0) for name, frame in world.tables.items()}), tmp_path, published_types()
    )
    with pytest.raises(NothingPublishedError, match="no week is published"):
        DuckDBTables(tmp_path / "warehouse.duckdb", tmp_path / "lake").vocabulary()


def test_many_ask_at_once(tables):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: rows(tables, "select sum(customers) as n from segments"), range(24)))
    assert len({str(answer) for answer in answers}) == 1


def test_only_guarded_statements_reach_the_connection(tables):
    with pytest.raises(GuardError):
        rows(tables, "select customer_id from customer_scores")
    assert len(rows(tables, "select customer_id from customer_scores limit 3", policy="catalogued")) == 3


def test_the_connection_may_read_what_published_views_read_and_no_more():
    """A view over the lake reads its folder when it is asked; a table was filled when it was built."""
    models = Path(__file__).resolve().parents[3] / "dbt_project" / "models"
    sources = yaml.safe_load((models / "results" / "_lake.yml").read_text())["sources"]
    paths = {
        table["name"]: table["config"]["meta"]["path"].split("/")[0] for source in sources for table in source["tables"]
    }
    views = [
        path.read_text()
        for layer in ("analytics", "fairness", "monitoring", "results")
        for path in (models / layer).glob("*.sql")
        if re.search(r"materialized=['\"]view", path.read_text())
    ]
    read = {paths[name] for view in views for name in re.findall(r"lake_source\('lake', '(\w+)'\)", view)}
    assert set(READ_FOLDERS) == read | {"published"}
