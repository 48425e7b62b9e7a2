"""The SQL itself: one text for both engines, and macros that render what each engine understands."""

import re
from typing import Any

import pytest

from tests.dbt_project.conftest import WEEK
from tests.dbt_project.project import PROJECT_DIR, Project, invoke

pytestmark = pytest.mark.integration

MODELS = sorted((PROJECT_DIR / "models").rglob("*.sql"))

# macro call, DuckDB, Athena
GOLDEN = [
    ("add_days('week', -7)", "(week + (-7))", "date_add('day', -7, week)"),
    ("days_between('a', 'b')", "(b - a)", "date_diff('day', a, b)"),
    ("as_timestamp('x')", "cast(x as timestamp)", "cast(x as timestamp(3))"),
    ("complete_units('day', 'a', 'b')", "date_sub('day', a, b)", "date_diff('day', a, b)"),
    ("text_hash('x')", "md5(x)", "lower(to_hex(md5(to_utf8(x))))"),
    ("layer_schema('features')", "features", "main_features"),
]
TABLE = "api.Relation.create(database='d', schema='s', identifier='t')"
SHARED = [
    (
        f"duckdb__add_column({TABLE}, {{'name': 'x', 'data_type': 'varchar'}})",
        'alter table "d"."s"."t" add column x varchar',
    ),
    (
        f"athena__add_column({TABLE}, {{'name': 'x', 'data_type': 'varchar'}})",
        "alter table `s`.`t` add columns (`x` string)",
    ),
    ("hive_type('varchar')", "string"),
    ("hive_type('integer')", "int"),
    ("hive_type('double')", "double"),
    ("hive_type('date')", "date"),
    (f"drop_declaration({TABLE})", "drop table if exists `s`.`t`"),
    (
        f"adopt_partition({TABLE}, '2026-11-09', 's3://b/t')",
        "alter table `s`.`t` add if not exists partition (week = '2026-11-09', run_id = 'r1') "
        "location 's3://b/t/week=2026-11-09/run_id=r1/'",
    ),
    ("partition_keys('run')", "['week', 'run_id']"),
    ("partition_keys('weeks')", "['week']"),
    ("safe_divide('a', 'b')", "(cast(a as double) / nullif(b, 0))"),
    ("safe_divide('a', 'b', '0')", "coalesce(cast(a as double) / nullif(b, 0), 0)"),
    ("percent_of('a', 'b')", "least(100.0e0, coalesce(cast(100.0e0 * (a) as double) / nullif(b, 0), 0.0e0))"),
    ("as_of('week')", "cast((week + (7)) as timestamp)"),
    ("add_weeks('week', 2)", "(week + (14))"),
    ("scored_week()", "date '2026-11-09'"),
    ("this_week()", "date '2026-11-09'"),
    ("run_id()", "'r1'"),
    ("slice_predicate('run')", "week = date '2026-11-09' and run_id = 'r1'"),
    ("slice_predicate('weeks')", "week between date '2026-11-09' and date '2026-11-09'"),
    ("slice_predicate('outcomes')", "week between (date '2026-11-09' + (-35)) and (date '2026-11-09' + (-7))"),
    ("weeks_of_slice('weeks')", "['2026-11-09']"),
    ("weeks_of_slice('outcomes')", "['2026-10-05', '2026-10-12', '2026-10-19', '2026-10-26', '2026-11-02']"),
    ("usd('sum(x)')", "round(sum(x), 2)"),
    ("mean('x')", "round(avg(x), 6)"),
    ("rate('a', 'b')", "round(coalesce(cast(a as double) / nullif(b, 0), 0.0e0), 6)"),
    ("score_bin('p')", "least(cast(floor(20 * p) as bigint), 19)"),
    ("sum_before('x', 2)", "coalesce(before_1.x, 0) + coalesce(before_2.x, 0)"),
    ("capped_sum({'x': {'weight': 0.5, 'cap': 7}})", "0.5 * least(cast(x as double) / 7, 1.0e0)"),
]


@pytest.fixture(scope="module")
def rendered(project: Project) -> dict[str, str]:
    """Every macro call of this module, rendered by one compilation."""
    # Without its prefix, a macro is dispatched to the engine of the profile; with it, the engine is chosen.
    calls = [call for call, *_ in GOLDEN] + [call for call, _ in SHARED]
    calls = [call if not call.startswith("layer_schema") else f"default__{call}" for call in calls]
    calls += [f"athena__{call}" for call, *_ in GOLDEN]
    inline = "\n".join(f"{call} => {{{{ {call} }}}}" for call in calls)
    outcome: Any = invoke(
        project.target,
        *("compile", "--inline", inline),
        *("--vars", f'{{"lake": "{project.lake}", "week": "{WEEK}", "run_id": "r1"}}'),
        warehouse=project.warehouse,
        manifest=project.manifest,
    )
    assert outcome.success, outcome.exception
    # A macro may render several lines; a call begins one.
    entries = re.split(r"\n(?=.* => )", outcome.result.results[0].node.compiled_code)
    pairs = [entry.split(" => ") for entry in entries if " => " in entry]
    return {call.removeprefix("default__"): " ".join(sql.split()) for call, sql in pairs}


@pytest.mark.parametrize(("call", "duckdb", "athena"), GOLDEN, ids=[call for call, *_ in GOLDEN])
def test_engines_differ_only_as_written_here(rendered: dict[str, str], call: str, duckdb: str, athena: str) -> None:
    assert rendered[call] == duckdb
    assert rendered[f"athena__{call}"] == athena


@pytest.mark.parametrize(("call", "sql"), SHARED, ids=[call for call, _ in SHARED])
def test_macro_renders(rendered: dict[str, str], call: str, sql: str) -> None:
    assert rendered[call] == sql


@pytest.mark.parametrize("path", MODELS, ids=[path.stem for path in MODELS])
def test_a_model_states_its_grain_and_names_no_engine(path) -> None:
    text = path.read_text()
    assert re.match(r"-- One row per .*\.\n", text)
    assert re.findall(r"(?i)duckdb|athena|trino|read_parquet|::", text) == []


def test_integers_divide_as_in_athena(project: Project) -> None:
    outcome: Any = invoke(
        project.target,
        *("show", "--inline", "select 7 / 2 as quotient", "--vars", f'{{"lake": "{project.lake}"}}'),
        warehouse=project.warehouse,
        manifest=project.manifest,
    )
    assert outcome.result.results[0].agate_table.rows[0]["quotient"] == 3
