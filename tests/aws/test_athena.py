"""The warehouse in Athena: SQL of the platform, typed rows, throttling, failures, limits, partitions."""

import subprocess
import sys
from datetime import date, datetime

import pyarrow as pa
import pytest

from engage_assets.actions.choice import DECISIONS_SCHEMA
from engage_assets.dbt import manifest_path, read_manifest
from engage_assets.errors import EngageError, InputError
from engage_assets.records.placeholders import ensure_placeholders
from engage_assets.resources import s3
from engage_assets.resources.athena import Athena, ScanMeter, parse_result, statement
from engage_assets.resources.glue_tables import LakeTable, folders, lake_tables, register
from engage_assets.resources.lake_s3 import S3Lake
from engage_assets.resources.warehouse import ModelTable, QueryError
from engage_assets.resources.warehouse_athena import AthenaWarehouse
from engage_ml.prediction import SCHEMA
from tests.aws.local_aws.platform import BUCKET, REGION

ROOT = f"s3://{BUCKET}/tests/athena"
WEEK, BEFORE = date(2026, 11, 9), date(2026, 11, 2)
SCORES = LakeTable(
    database="tests_results",
    name="scores",
    location=f"{ROOT}/scores",
    columns=(("week", "date"), ("run_id", "varchar"), ("customer_id", "varchar"), ("p", "double"), ("n", "bigint")),
    partitions=("week", "run_id"),
)


@pytest.fixture
def lake(aws):
    lake = S3Lake(root=ROOT, region=REGION)
    lake.clear("")
    return lake


@pytest.fixture
def warehouse(aws, lake, dbt_target):
    return warehouse_of(dbt_target, "tests")


def warehouse_of(dbt_target, prefix):
    return AthenaWarehouse(
        region=REGION,
        workgroup="engage",
        results_uri=f"{ROOT}/results",
        warehouse_uri=f"{ROOT}/warehouse",
        lake_uri=ROOT,
        prefix=prefix,
        target_path=str(dbt_target),
        poll_seconds=0.01,
    )


@pytest.fixture
def scores(lake):
    """Two runs of a week and one of the week before."""
    for week, run_id in ((BEFORE, "r0"), (WEEK, "r1"), (WEEK, "r2")):
        rows = {"week": [week] * 2, "run_id": [run_id] * 2, "customer_id": ["b", "a"], "p": [0.1, None], "n": [1, 2]}
        lake.write_table(f"scores/week={week}/run_id={run_id}", pa.table(rows))
    register(REGION, [SCORES])


def test_layers_get_the_prefix_and_parameters_become_literals():
    sql = statement(
        "with x as (select 1 as a) select * from x, weekly_summary where week = ? and name = ? and at < ?",
        [WEEK, "O'Hara", datetime(2026, 11, 9, 1, 2, 3)],
        prefix="engage",
        search_path="published",
    )
    assert '"engage_published".weekly_summary' in sql
    assert "FROM x" in sql
    assert "CAST('2026-11-09' AS DATE)" in sql
    assert "'O''Hara'" in sql
    assert "CAST('2026-11-09 01:02:03.000' AS TIMESTAMP)" in sql


def test_parameters_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="has 1 parameters; 2 were given"):
        statement("select * from features.x where week = ?", [WEEK, WEEK], prefix="p", search_path="main")
    with pytest.raises(InputError, match="cannot be a parameter"):
        statement("select ?", [object()], prefix="p", search_path="main")


def test_a_result_keeps_types_nulls_and_empty_texts():
    kinds = {"i": "bigint", "d": "double", "t": "varchar", "w": "date", "at": "timestamp", "b": "boolean"}
    columns = [{"Name": name, "Type": kind} for name, kind in kinds.items()]
    content = b'"i","d","t","w","at","b"\n"1","0.1","","2026-11-09","2026-11-09 01:02:03.004","true"\n,,,,,\n'
    first, second = parse_result(content, columns).to_pylist()
    assert first == {
        "i": 1, "d": 0.1, "t": "", "w": WEEK, "at": datetime(2026, 11, 9, 1, 2, 3, 4000), "b": True,
    }  # fmt: skip
    assert set(second.values()) == {None}
    empty = parse_result(b'"i","d","t","w","at","b"\n', columns)
    assert (empty.num_rows, empty.schema.field("at").type) == (0, pa.timestamp("us"))


def test_a_decimal_is_a_double():
    rows = parse_result(b'"x"\n"1.50"\n', [{"Name": "x", "Type": "decimal", "Precision": 3, "Scale": 2}])
    assert rows["x"].to_pylist() == [1.5]


def test_rows_come_back_in_order_and_scanning_is_counted(warehouse, scores):
    before = warehouse.scanned_bytes()
    rows = warehouse.query("select customer_id, p from results.scores where week = ? order by 1", [BEFORE])
    assert rows.to_pylist() == [{"customer_id": "a", "p": None}, {"customer_id": "b", "p": 0.1}]
    assert warehouse.scanned_bytes() > before
    both = warehouse.query_all({"x": "select count(*) as n from results.scores", "y": "select 'a' as t"})
    assert (both["x"]["n"].to_pylist(), both["y"]["t"].to_pylist()) == ([6], ["a"])


def test_a_query_that_athena_refuses_is_told_in_its_words(warehouse, scores):
    with pytest.raises(QueryError, match=r"TABLE_NOT_FOUND.*tests_results\.nothing"):
        warehouse.query("select * from results.nothing")
    with pytest.raises(InputError, match="expected one SELECT"):
        warehouse.check_select("drop table x")
    with pytest.raises(InputError, match="expected one SELECT"):
        warehouse.check_select("select 1; select 2")
    warehouse.check_select("with x as (select 1 as a) select * from x")


def test_throttling_is_waited_out(aws, warehouse, scores):
    aws.athena_faults.throttled = 3
    assert warehouse.query("select count(*) as n from results.scores")["n"].to_pylist() == [6]
    assert aws.athena_faults.throttled == 0


def test_a_process_that_has_scanned_enough_scans_no_more(aws, scores):
    athena = Athena(REGION, "engage", f"{ROOT}/results", "tests", 0.01, limit_bytes=1, meter=ScanMeter())
    athena.run('select * from "tests_results".scores')
    with pytest.raises(EngageError, match="ENGAGE_SCAN_LIMIT_GB"):
        athena.run('select * from "tests_results".scores')


def test_partitions_are_what_the_lake_holds(aws, lake, scores):
    glue = s3.client("glue", REGION)

    def registered():
        pages = glue.get_partitions(DatabaseName="tests_results", TableName="scores")["Partitions"]
        return sorted(tuple(each["Values"]) for each in pages)

    assert registered() == [("2026-11-02", "r0"), ("2026-11-09", "r1"), ("2026-11-09", "r2")]
    lake.clear(f"scores/week={BEFORE}")
    lake.write_json("scores/_manifest.json", {})
    lake.write_table("scores/week=2026-11-16/run_id=r3", pa.table({"customer_id": ["c"]}))
    register(REGION, [SCORES])
    assert registered() == [("2026-11-09", "r1"), ("2026-11-09", "r2"), ("2026-11-16", "r3")]
    assert folders(REGION, SCORES)["2026-11-16", "r3"] == f"{ROOT}/scores/week=2026-11-16/run_id=r3"


def test_superseded_runs_of_the_week_go_and_nothing_else(warehouse, lake, scores):
    table = ModelTable(schema="results", name="scores", is_table=True, is_published=True)
    warehouse.keep_run([table], WEEK, "r2")
    rows = warehouse.query("select distinct run_id from results.scores order by 1")
    assert rows["run_id"].to_pylist() == ["r0", "r2"]
    assert lake.names(f"scores/week={WEEK}") == ["run_id=r2"]


def test_a_query_is_handed_over_as_parquet_and_replaces_what_was_there(warehouse, lake, scores):
    lake.write_table("handover", pa.table({"old": [1]}), name="old.parquet")
    assert warehouse.unload(f"select * from results.scores where week = date '{WEEK}'", f"{ROOT}/handover") == 4
    rows = lake.read_table("handover")
    assert (rows.num_rows, "old" in rows.column_names) == (4, False)
    assert all(name.endswith(".parquet") for name in lake.names("handover"))
    assert warehouse.unload("select * from results.scores where n > 10", f"{ROOT}/handover") == 0


def test_every_source_of_the_project_is_a_table_with_types_and_partitions(dbt_target):
    manifest = read_manifest(manifest_path(dbt_target))
    tables = {table.name: table for table in lake_tables(manifest, lake_uri=ROOT, prefix="tests")}
    assert tables["activity"].location == f"{ROOT}/accepted/activity"
    assert tables["activity"].partitions == ("week",)
    assert tables["predictions"].partitions == ("week", "run_id")
    assert tables["metrics"].location == f"{ROOT}/evaluation/metrics"
    assert tables["published"].partitions == ("week",)
    for table in tables.values():
        assert table.described()["StorageDescriptor"]["Columns"]


def test_the_files_of_the_programs_have_the_columns_that_the_project_states(dbt_target):
    types = {"string": "varchar", "double": "double", "bool": "boolean", "date32[day]": "date"}
    manifest = read_manifest(manifest_path(dbt_target))
    sources = {source["name"]: source["columns"] for source in manifest["sources"].values()}
    for name, schema in (("predictions", SCHEMA), ("decisions", DECISIONS_SCHEMA)):
        stated = {column: entry["data_type"] for column, entry in sources[name].items()}
        assert stated == {field.name: types.get(str(field.type), "timestamp") for field in schema}


def test_results_of_a_published_run_are_built_again_without_missing_meanwhile(aws, lake, dbt_target):
    warehouse = warehouse_of(dbt_target, "engage")  # the prefix that the artifacts were parsed with

    def build(share, *, published):
        row = {"share_contacted": [share], "customers": [10], "precision": [0.5], "recall": [0.5], "lift": [2.0]}
        lake.write_table(f"evaluation/lift/week={WEEK}/run_id=r1", pa.table(row))
        ensure_placeholders(lake)
        variables = {**dict.fromkeys(("week", "first_week", "last_week"), WEEK), "run_id": "r1"}
        _, outcome = warehouse.build(  # after the hook that makes the schema
            select=["fqn:engage.analytics.lift"], variables={**variables, "rebuilds_published": published}, tests=False
        )
        return outcome

    def stored():
        rows = warehouse.query("select share_contacted from analytics.lift")["share_contacted"].to_pylist()
        return rows, len(aws.keys("tests/athena/warehouse/"))

    built = build(0.1, published=False)
    assert built.ok, built.message
    assert stored() == ([0.1], 1)
    aws.athena_faults.failing = r"insert into .*lift"
    assert not build(0.2, published=True).ok
    assert stored() == ([0.1], 1)
    aws.athena_faults.clear()
    for share in (0.3, 0.4):  # the second replaces what the first has put in a place of its own
        built = build(share, published=True)
        assert built.ok, built.message
        assert stored() == ([share], 1)
    assert warehouse.table_names("analytics") == {"lift"}


@pytest.mark.parametrize(
    ("module", "dialects"),
    [
        ("engage_assets.resources.athena", {"athena"}),
        ("engage_assets.assistant.guard", {"duckdb"}),
        ("tests.aws.local_aws.athena_statements", {"athena", "duckdb", "hive"}),
    ],
)
def test_dialects_are_loaded_before_threads_ask_for_them(module, dialects):
    """sqlglot registers a dialect before its module has come to its end: a second thread may meet it half loaded."""
    code = f"import sys, {module}; print(*(name for name in sys.modules if name.startswith('sqlglot.dialects.')))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {f"sqlglot.dialects.{name}" for name in dialects} <= set(loaded)
