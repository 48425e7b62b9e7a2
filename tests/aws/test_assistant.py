"""The assistant over Athena: the same questions, guard and right answers, in the platform's workgroup."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pandas as pd
import pyarrow as pa
import pytest

from engage_assets.assistant.answer import Answer
from engage_assets.assistant.catalogue import load_questions
from engage_assets.assistant.guard import GuardError
from engage_assets.assistant.history import History
from engage_assets.assistant.keeping import REDACTED, TRANSCRIPTS, keep
from engage_assets.assistant.page import build_page
from engage_assets.assistant.reading import QueryLimitError
from engage_assets.records.questions import QuestionUsage, asked_in
from engage_assets.resources import s3
from engage_assets.resources.glue_tables import LakeTable, register
from engage_assets.resources.lake_s3 import S3Lake
from engage_assets.resources.language_model import CatalogueOnly, tables_of_warehouse
from engage_assets.resources.warehouse_athena import AthenaWarehouse
from tests.aws.local_aws.platform import BUCKET, REGION
from tests.engage_assets.assistant.comparison import difference
from tests.engage_assets.assistant.contracts import published_types
from tests.engage_assets.assistant.independent import expected
from tests.engage_assets.assistant.questions import read_questions
from tests.engage_assets.assistant.world import WEEKS, World, build_world

ROOT = f"s3://{BUCKET}/tests/assistant"
ASKED = (
    ("how many customers will churn", "expected_leavers", {}, WEEKS[-1]),
    ("how many dormant customers will churn", "expected_leavers", {"segment": "Dormant"}, WEEKS[-1]),
    ("top 3 cities by churn in the week of 2026-11-09", "locations_by_churn", {"k": 3}, WEEKS[1]),
    ("segments by churn", "segments_by_churn", {}, WEEKS[-1]),
    ("what are the main churn drivers", "churn_drivers", {}, WEEKS[-1]),
    ("churn over time", "churn_trend", {}, WEEKS[-1]),
    ("what does the run cost on aws", "run_cost", {}, WEEKS[-1]),
    ("how many more weeks will dating regulars stay", "remaining_weeks", {"segment": "Dating regulars"}, WEEKS[-1]),
)
"""Filters, rankings, weeks, several tables: the parts of the SQL in which the two engines differ."""


@pytest.fixture(scope="module")
def world() -> World:
    return build_world()


@pytest.fixture(scope="module")
def published(local_aws, world):
    """The published tables as files of the lake and tables of Glue."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in local_aws.environment().items():
            if name.startswith("AWS_"):
                patch.setenv(name, value)
        s3.client.cache_clear()
        lake = S3Lake(root=ROOT, region=REGION)
        tables, written = [], []
        for name, columns in published_types().items():
            if name not in world.tables:
                continue
            frame = world.tables[name]
            for week in WEEKS:
                rows = frame[frame["week"] == week]
                arrays = {column: _cast(rows, column, kind) for column, kind in columns.items()}
                written.append(partial(lake.write_table, f"views/{name}/week={week}", pa.table(arrays)))
            location = f"{ROOT}/views/{name}"
            tables.append(LakeTable("asked_published", name, location, tuple(columns.items()), ("week",)))
        written += [partial(lake.write_table, f"published/week={week}", pa.table({"run_id": ["r"]})) for week in WEEKS]
        s3.in_parallel(written)
        register(REGION, tables)
        s3.client.cache_clear()


def _cast(rows: pd.DataFrame, column: str, kind: str) -> pa.Array:
    types = {
        "varchar": pa.string(), "double": pa.float64(), "bigint": pa.int64(), "integer": pa.int32(),
        "boolean": pa.bool_(), "date": pa.date32(), "timestamp": pa.timestamp("ms"),
    }  # fmt: skip
    if column not in rows:
        return pa.nulls(len(rows), types[kind])
    return pa.array(rows[column], from_pandas=True).cast(types[kind])


@pytest.fixture
def model(aws, published, dbt_target):
    """The assistant without a language model, over Athena, as the settings of AWS make it."""
    warehouse = AthenaWarehouse(
        region=REGION, workgroup="engage", results_uri=f"{ROOT}/results", warehouse_uri=f"{ROOT}/warehouse",
        lake_uri=ROOT, prefix="asked", target_path=str(dbt_target), poll_seconds=0.01,
    )  # fmt: skip
    return CatalogueOnly(tables_of_warehouse(warehouse, S3Lake(root=ROOT, region=REGION)))


def test_answers_are_the_ones_that_pandas_computes(model, world):
    assistant = model.assistant()
    for question, question_id, values, week in ASKED:
        answer = assistant.ask(question)
        assert difference(answer, expected(world, question_id, week, values)) == "", question
        assert (answer.question_id, answer.week, bool(answer.gates)) == (question_id, week.isoformat(), True)


def test_every_catalogued_statement_without_required_values_is_one_that_athena_takes(model):
    """Each is run, in one go."""
    catalogue = load_questions().questions
    ids = [question.id for question in catalogue if not question.required]
    answers = model.assistant().answer_all(ids, WEEKS[-1].isoformat())
    assert [answer.question_id for answer in answers] == ids


def test_every_catalogued_statement_with_required_values_is_answered_as_pandas_does(model, world):
    """Each is asked with values of the published weeks, as somebody would ask it."""
    needing = {question.id for question in load_questions().questions if question.required}
    asked = {
        each.question_id: each for name in ("golden.yaml", "development.yaml") for each in read_questions(name, world)
    }
    assert needing
    assert needing <= set(asked)
    assistant = model.assistant()
    for question_id in sorted(needing):
        each = asked[question_id]
        answer = assistant.ask(each.question)
        assert answer.question_id == question_id, each.question
        assert difference(answer, expected(world, question_id, each.week, each.values)) == "", each.question


def test_statements_of_a_model_run_and_are_right(model, world):
    tables = model.assistant().tables
    costs, people = world.table("engage_costs", WEEKS[-1]), world.week(WEEKS[-1])
    week = f"week = date '{WEEKS[-1]}'"
    for sql, right in (
        (f"select sum(usd) from engage_costs where {week}", costs["usd"].sum()),
        (f"with spent as (select stage, usd from published.engage_costs where {week}) select max(usd) from spent",
         costs["usd"].max()),
        (f"select sum(c.usd) as n from engage_costs c join weekly_summary w on w.week = c.week where c.{week}",
         costs["usd"].sum()),
        (f"select avg(churn_probability) from customer_scores where {week} and segment = 'Dormant'",
         people.loc[people["segment"] == "Dormant", "churn_probability"].mean()),
    ):  # fmt: skip
        [[found]] = [list(row.values()) for row in tables.fetch({"rows": sql}, policy="free")["rows"].to_pylist()]
        assert found == pytest.approx(right), sql


def test_an_error_does_not_tell_a_value(model):
    tables = model.assistant().tables
    sql = "select cast(reason_1 as int), count(*) from customer_scores group by reason_1"
    with pytest.raises(QueryLimitError, match="a value does not fit"):
        tables.fetch({"rows": sql}, policy="free")


def test_the_guard_refuses_before_anything_is_sent(model, aws):
    tables = model.assistant().tables
    tables.schema()
    sent = list(aws.athena.queries)
    assert sent
    for statement in (
        "drop table published.segments",
        "select * from asked_results.customer_scores",
        "select customer_id from published.customer_scores",
        "select 1; select 2",
        "insert into published.segments select * from published.segments",
    ):
        with pytest.raises(GuardError):
            tables.fetch({"x": statement}, policy="free")
    assert list(aws.athena.queries) == sent


def test_what_is_sent_goes_to_the_workgroup_of_the_platform(model, aws):
    before = len(aws.athena.queries)
    model.assistant().ask("how many customers will churn")
    sent = [query.described for query in aws.athena.queries.values()][before:]
    assert sent
    assert {execution["WorkGroup"] for execution in sent} == {"engage"}
    assert all(execution["Query"].lstrip().lower().startswith("select") for execution in sent)


def test_questions_outlive_the_task_that_answered_them(aws):
    lake = S3Lake(root=f"{ROOT}/kept", region=REGION)
    said = Answer(question="why will 7590-VHVEG leave", status="answered", sentence="He is bored.")
    History(lake).append(replace(said, named=("7590-VHVEG",)))
    keep(lake, TRANSCRIPTS, {"model_id": "m", "calls": 2, "input_tokens": 10, "output_tokens": 3})
    elsewhere = S3Lake(root=f"{ROOT}/kept", region=REGION)
    assert [entry.question for entry in History(elsewhere).last(5)] == [f"why will {REDACTED} leave"]
    today = datetime.now(UTC).date()
    used = asked_in(elsewhere, today - timedelta(days=today.weekday()))
    assert used == QuestionUsage(1, 2, 10, 3, 0, ("m",))


def test_the_page_shows_the_reports_of_the_bucket(model, aws):
    reports = S3Lake(root=f"{ROOT}/reports", region=REGION)
    week = f"week={WEEKS[-1]}"
    with reports.filled(week) as place:
        (place / "dashboard.html").write_text("<p>The week</p>")
    assistant = model.assistant()
    page = build_page(assistant, assistant.catalogue, History(reports), reports)
    client = page.server.test_client()
    assert f"/reports/{week}/dashboard.html" in str(client.get("/_dash-layout").json)
    shown = client.get(f"/reports/{week}/dashboard.html")
    assert (shown.status_code, shown.mimetype, shown.data) == (200, "text/html", b"<p>The week</p>")
    assert client.get(f"/reports/{week}/cost.pdf").status_code == 404


def test_nothing_published_is_said_in_words(aws, dbt_target):
    warehouse = AthenaWarehouse(
        region=REGION, workgroup="engage", results_uri=f"{ROOT}/results", warehouse_uri=f"{ROOT}/warehouse",
        lake_uri=ROOT, prefix="nobody", target_path=str(dbt_target), poll_seconds=0.01,
    )  # fmt: skip
    empty = CatalogueOnly(tables_of_warehouse(warehouse, S3Lake(root=f"{ROOT}/empty", region=REGION)))
    with pytest.raises(Exception, match="no week is published yet"):
        empty.assistant().ask("how many customers will churn")
