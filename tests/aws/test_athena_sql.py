"""The SQL that dbt compiles for Athena: Trino's grammar accepts it, and it calls only functions that are known there.

The grammar comes from npm (``tests/aws/grammar``). Without npm, or a way to what it downloads, these tests are skipped
with that reason; ``make test`` prints it.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from engage_assets.dbt import run_dbt

GRAMMAR = Path(__file__).parent / "grammar"
WEEK = "2026-11-09"

# Functions of Athena engine version 3 that behave there as the project needs them. Whoever adds one has looked it up in
# Trino's documentation, and what it does with nulls, integers and times.
ALLOWED = {
    "abs",
    "avg",
    "cast",
    "coalesce",
    "count",
    "date_add",
    "date_diff",
    "date_trunc",
    "extract",
    "floor",
    "greatest",
    "least",
    "ln",
    "lower",
    "max",
    "max_by",
    "md5",
    "min",
    "mod",
    "ntile",
    "nullif",
    "round",
    "row",
    "row_number",
    "sum",
    "timestamp",
    "to_hex",
    "to_utf8",
}
KEYWORDS = {
    "and",
    "as",
    "by",
    "case",
    "else",
    "exists",
    "from",
    "in",
    "join",
    "not",
    "on",
    "or",
    "over",
    "select",
    "then",
    "union",
    "using",
    "values",
    "when",
    "where",
}

GOOD = {
    "select": "select a, count(*) as n from t where b = 'x' group by a having count(*) > 1 order by n desc limit 5",
    "interval": "select date '2024-01-01' + interval '30' day",
    "window": "select sum(x) over (partition by a order by d rows between 6 preceding and current row) from t",
    "filter": "select count(*) filter (where a > 1), approx_percentile(x, 0.5) from t",
    "distinct from": "select try_cast(x as double), if(a=1,2,3), a is not distinct from b from t",
}
BAD = {
    "qualify": "select a, row_number() over (partition by a order by b) rn from t qualify rn = 1",
    "double colon": "select a::varchar from t",
    "ilike": "select * from t where a ilike 'x%'",
    "group by all": "select a, count(*) from t group by all",
    "exclude": "select * exclude (a) from t",
    "trailing comma": "select a, b, from t",
    "from first": "from t select a",
    "list literal": "select [1,2,3]",
    "struct literal": "select {'a': 1}",
}


@pytest.fixture(scope="module")
def grammar(tmp_path_factory):
    """The checker: statements by name in, problems by name out."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed: Trino's grammar was NOT checked")
    folder = tmp_path_factory.mktemp("grammar")
    for name in ("package.json", "package-lock.json", "check.mjs"):
        shutil.copy(GRAMMAR / name, folder)
    installed = subprocess.run(
        [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    if installed.returncode:
        pytest.skip(f"npm cannot install the grammar, Trino's grammar was NOT checked: {installed.stderr[-300:]}")

    def check(statements):
        done = subprocess.run(
            ["node", "check.mjs"], cwd=folder, input=json.dumps(statements), capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return check


@pytest.fixture(scope="module")
def compiled(dbt_target):
    """Every model and data test as Athena would get it. Compiling asks AWS nothing."""
    outcomes = run_dbt(
        ["compile", "--no-populate-cache"],
        select=["fqn:*"],
        variables={"week": WEEK, "run_id": "r1", "lake": "s3://engage/lake"},
        target_path=dbt_target,
        environment={"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "ENGAGE_REGION": "us-east-1"},
    )
    assert [outcome.unique_id for outcome in outcomes if not outcome.ok] == []
    root = dbt_target / "compiled" / "engage"
    statements = {file.relative_to(root).as_posix(): file.read_text() for file in root.rglob("*.sql")}
    assert len(statements) >= 80
    return statements


def functions_of(sql):
    """The names that are followed by an opening bracket, without those that are no functions."""
    text = re.sub(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", " ", sql, flags=re.DOTALL)
    tables = set(re.findall(r"(\w+)\s+as\s*\(", text)) | set(re.findall(r"\bas\s+(\w+)\s*\(", text))
    return {name.lower() for name in re.findall(r"(\w+)\s*\(", text)} - KEYWORDS - {name.lower() for name in tables}


def test_the_grammar_accepts_good_statements_and_refuses_those_of_duckdb(grammar):
    problems = grammar({**GOOD, **BAD})
    assert problems.keys() == BAD.keys()


def test_everything_that_dbt_compiles_for_athena_is_trino(grammar, compiled):
    assert grammar(compiled) == {}


def test_only_known_functions_are_called(compiled):
    unknown = {name: sorted(functions_of(sql) - ALLOWED) for name, sql in compiled.items()}
    assert {name: functions for name, functions in unknown.items() if functions} == {}


@pytest.mark.parametrize("sql", ["select strftime(a, '%Y') from t", "select list_value(1)", "select len(x) from t"])
def test_a_function_of_duckdb_is_not_known(sql):
    assert functions_of(sql) - ALLOWED


def test_no_function_is_allowed_that_nobody_calls(compiled):
    called = set().union(*map(functions_of, compiled.values()))
    assert ALLOWED - called <= {"timestamp"}


def test_views_and_tables_lie_in_databases_of_their_own(compiled):
    sql = compiled["models/features/customer_features.sql"]
    assert '"engage_staging"' in sql
    assert f"date '{WEEK}'" in sql
