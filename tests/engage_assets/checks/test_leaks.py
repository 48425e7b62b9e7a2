"""Leaks planted end to end, from the extracts to the verdicts: each must be caught, and clean runs must not be.

Minutes: `make test-leaks`. The table is printed and compared with docs/gates.md.
"""

import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from engage_assets import dbt
from engage_assets.assets.transformations import selection
from engage_assets.checks import truncation
from engage_assets.resources.bindings import build_resources
from tests.engage_assets.bench import (
    MODEL_WATCHERS,
    WATCHERS,
    WEEK,
    Bench,
    failed,
    mutated_project,
    train_on_held_out_customers,
    train_on_later_weeks,
)

pytestmark = [pytest.mark.slow, pytest.mark.integration]

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "gates.md"

CLEAN_SEEDS = tuple(range(101, 121))
JUDGED = WEEK - timedelta(weeks=5)

CUSTOMER_SQL = "features/customer_features.sql"
OF_ACTIVITY = "from {{ ref('activity') }} as a where a.customer_id = customers.customer_id and a.week"
SQL_LEAKS = {
    "an as-of-today total": (
        "lifetime value as it is now, in the features of every past week",
        "billing.lifetime_value_usd,",
        "(select max(b.lifetime_value_usd) from {{ ref('billing') }} as b "
        "where b.customer_id = customers.customer_id) as lifetime_value_usd,",
    ),
    "events inside the label window": (
        "active days of the week after as_of, in place of accounts reported",
        "customers.users_reported,",
        f"(select max(a.active_days) {OF_ACTIVITY} = {{{{ add_weeks(this_week(), 1) }}}}) as users_reported,",
    ),
    "a column derived from the target": (
        "whether there is any activity in the four weeks after as_of, in place of accounts blocked",
        "customers.users_blocked,",
        f"(select count(a.last_active_at) {OF_ACTIVITY} between {{{{ add_weeks(this_week(), 1) }}}} "
        "and {{ add_weeks(this_week(), 4) }}) as users_blocked,",
    ),
}
SPLIT_LEAKS = {
    "customers on both sides of the split": ("200 held-out customers also train", train_on_held_out_customers),
    "training on later weeks than validation": ("the split runs backwards in time", train_on_later_weeks),
}

found: dict[str, tuple[str, list[str]]] = {}
"""Leak -> how it was planted, and the gates that caught it; filled by the tests, in their order."""


@pytest.fixture(scope="module")
def target(dbt_home: Path, definitions: object) -> Path:
    """The parsed project."""
    return dbt_home / "dbt"


@pytest.fixture(autouse=True)
def every_customer_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """4,000 customers in all: the weekly sixteenth of 100,000 has more."""
    monkeypatch.setattr(truncation, "SAMPLE_PREFIX", "")


@pytest.fixture(scope="module")
def clean(target: Path, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """A clean platform with features; tests that change it copy it."""
    bench = Bench.begin(tmp_path_factory.mktemp("leaks") / "home", target, seed=7)
    bench.build()
    return bench


def copied(clean: Bench, home: Path, target: Path) -> Bench:
    shutil.copytree(clean.settings.home, home, symlinks=True)
    (home / "dbt").unlink()
    (home / "dbt").symlink_to(target)
    settings = replace(clean.settings, home=home)
    resources = build_resources(settings)
    bench = Bench(settings, resources["lake"], resources["registry"], resources["warehouse"])
    bench.build(selection(("staging",)))  # the views hold the path of the lake that was copied
    return bench


def caught(leak: str, how: str, gates: list[str]) -> None:
    found[leak] = (how, gates)
    assert gates, f"{leak} was not caught"


def test_the_platform_is_clean_before_anything_is_planted(clean: Bench) -> None:
    assert failed(clean.verdicts()) == []


def test_a_late_edit_of_a_past_week(clean: Bench, target: Path, tmp_path: Path) -> None:
    bench = copied(clean, tmp_path / "home", target)

    def corrected(rows: pa.Table) -> pa.Table:
        days = pc.if_else(pc.equal(rows["active_days"], 3), 4, rows["active_days"])
        return rows.set_column(rows.column_names.index("active_days"), "active_days", days)

    bench.rewrite("activity", JUDGED, corrected)
    bench.accept(JUDGED)
    how = "an extract of five weeks ago is delivered again with corrected rows, after its features were built"
    caught("a late edit of a past week", how, failed(bench.verdicts()))


@pytest.mark.parametrize("leak", SQL_LEAKS)
def test_sql_that_reads_the_future(leak: str, clean: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    how, old, new = SQL_LEAKS[leak]
    monkeypatch.setattr(dbt, "PROJECT_DIR", mutated_project(tmp_path, CUSTOMER_SQL, old, new))
    target = tmp_path / "dbt"
    dbt.manifest_path(target)
    bench = copied(clean, tmp_path / "home", target)
    bench.build()
    gates = failed(bench.verdicts())
    if leak == "a column derived from the target":
        bench.train()
        gates += failed(bench.verdicts(MODEL_WATCHERS))
    caught(leak, how, gates)


def test_labels_that_have_not_matured(clean: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = "and week <= {{ add_weeks(scored_week(), -var('outcome_weeks')) }}"
    project = mutated_project(tmp_path, "features/training_set.sql", old, "and week <= {{ scored_week() }}")
    monkeypatch.setattr(dbt, "PROJECT_DIR", project)
    target = tmp_path / "dbt"
    dbt.manifest_path(target)
    bench = copied(clean, tmp_path / "home", target)
    week = WEEK - timedelta(weeks=3)
    bench.build("training_set", week=week)
    how = "a past week is trained again when later extracts have arrived, without the limit on the label's age"
    caught("labels that have not matured", how, failed(bench.verdicts(["label_maturity"], week=week)))


def test_events_stamped_after_as_of(clean: Bench, target: Path, tmp_path: Path) -> None:
    bench = copied(clean, tmp_path / "home", target)
    later = datetime.combine(WEEK + timedelta(days=9), datetime.min.time())

    def stamped(rows: pa.Table) -> pa.Table:
        times = rows["last_active_at"].to_pylist()
        times = [later if time is not None and place % 8 == 0 else time for place, time in enumerate(times)]
        column = pa.array(times, pa.timestamp("us"))
        return rows.set_column(rows.column_names.index("last_active_at"), "last_active_at", column)

    bench.rewrite("activity", WEEK, stamped)
    bench.accept(WEEK)
    bench.build()
    how = "an eighth of the activity rows ends two days after as_of"
    caught("events stamped after as_of", how, failed(bench.verdicts()))


def test_an_extract_that_tells_the_outcome(target: Path, tmp_path: Path) -> None:
    bench = Bench.begin(tmp_path / "home", target, seed=8, defects=("leak",))
    bench.build()
    bench.train()
    how = "the profile quality score of every extract tells who will leave"
    caught("an extract that tells the outcome", how, failed(bench.verdicts((*WATCHERS, *MODEL_WATCHERS))))


@pytest.mark.parametrize("leak", SPLIT_LEAKS)
def test_a_split_that_leaks(
    leak: str, clean: Bench, target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    how, plan = SPLIT_LEAKS[leak]
    monkeypatch.setattr("engage_ml.training_data.plan_rows", plan)
    bench = copied(clean, tmp_path / "home", target)
    bench.train()
    caught(leak, how, failed(bench.verdicts(MODEL_WATCHERS)))


@pytest.mark.parametrize("seed", CLEAN_SEEDS)
def test_a_clean_platform_raises_no_alarm(seed: int, target: Path, tmp_path: Path) -> None:
    bench = Bench.begin(tmp_path / "home", target, seed=seed)
    bench.build()
    bench.train()
    assert failed(bench.verdicts((*WATCHERS, *MODEL_WATCHERS))) == []
    shutil.rmtree(bench.settings.home)


def test_the_table_in_the_docs_is_this_one(capsys: pytest.CaptureFixture[str]) -> None:
    planted = 3 + len(SQL_LEAKS) + len(SPLIT_LEAKS) + 1
    if len(found) < planted:
        pytest.skip(f"{len(found)} of {planted} leaks were planted in this run; run the whole file in one process")
    lines = ["| planted leak | how | caught by |", "| --- | --- | --- |"]
    lines += [f"| {leak} | {how} | {', '.join(gates)} |" for leak, (how, gates) in found.items()]
    with capsys.disabled():
        print("\n" + "\n".join(lines))
    assert "\n".join(lines) in DOCUMENT.read_text(), "put the table printed above into docs/gates.md"
