"""What a run leaves in the warehouse: the same twice, nothing from the future, only promoted runs in sight."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from tests.dbt_project.conftest import FIRST_WEEK, WEEK, write_scores
from tests.dbt_project.project import LAYERS, Project, failures
from tests.dbt_project.run_files import publish, write

pytestmark = pytest.mark.integration


def test_unit_tests_pass(project: Project) -> None:
    statuses = project.run("test", "test_type:unit", week=WEEK)
    assert failures(statuses) == {}
    assert len(statuses) > 20


def test_building_twice_changes_nothing(project: Project) -> None:
    before = project.contents()
    project.build("staging", "features", week=WEEK, first_week=FIRST_WEEK)
    project.build(*LAYERS, week=WEEK, run_id="r1")
    after = project.contents()
    assert before.keys() == after.keys()
    assert [name for name in before if not before[name].equals(after[name])] == []


def test_one_week_equals_the_same_week_of_a_range(project: Project) -> None:
    before = project.contents("features")
    project.build("features", week=WEEK - timedelta(weeks=2))
    after = project.contents("features")
    assert [name for name in before if not before[name].equals(after[name])] == []


def test_features_do_not_change_when_the_future_is_deleted(project: Project, tmp_path: Path) -> None:
    week = WEEK - timedelta(weeks=5)
    past = truncated(project, tmp_path, until=week)
    past.build_untested("+customer_features", week=week)
    rebuilt = past.query("select * from features.customer_features order by customer_id")
    stored = project.query(f"select * from features.customer_features where week = '{week}' order by customer_id")
    assert stored.num_rows > 0
    assert rebuilt.equals(stored)


def test_outcomes_exist_only_once_their_30_days_were_observed(project: Project, tmp_path: Path) -> None:
    week = WEEK - timedelta(weeks=1)
    past = truncated(project, tmp_path, until=week)
    past.build_untested("staging", "customer_outcomes", week=week, first_week=FIRST_WEEK)
    newest = past.rows("select max(week) from features.customer_outcomes")
    assert newest == [(week - timedelta(weeks=5),)]
    assert project.rows("select max(week) from features.customer_outcomes") == [(WEEK - timedelta(weeks=5),)]


def test_training_set_holds_the_last_four_matured_weeks(project: Project) -> None:
    project.build("training_set", week=WEEK)
    trained_on = [row[0] for row in project.rows("select distinct week from features.training_set order by week")]
    assert trained_on == [WEEK - timedelta(weeks=weeks) for weeks in (8, 7, 6, 5)]


def test_only_promoted_runs_are_published(project: Project) -> None:
    def published_runs() -> list[tuple[date, str]]:
        return project.rows("select distinct week, run_id from published.customer_scores order by week")

    last_week = WEEK - timedelta(weeks=1)
    assert published_runs() == [(last_week, "p1")]
    publish(project.lake, WEEK, "r1")
    assert published_runs() == [(last_week, "p1"), (WEEK, "r1")]
    write_scores(project, WEEK, "r2")
    project.build_untested("customer_scores", week=WEEK, run_id="r2")
    assert published_runs() == [(last_week, "p1"), (WEEK, "r1")]
    publish(project.lake, WEEK, "r2")
    assert published_runs() == [(last_week, "p1"), (WEEK, "r2")]
    views = {row[0] for row in project.rows("select view_name from duckdb_views() where schema_name = 'published'")}
    assert views == {node.name for node in project.models(*LAYERS) if node.config.materialized != "table"}


def test_a_rerun_that_yields_fewer_rows_leaves_none_behind(project: Project) -> None:
    write_scores(project, WEEK, "r3")
    project.build_untested("customer_scores", "action_list", week=WEEK, run_id="r3")
    assert project.rows("select count(*) > 0 from results.action_list where run_id = 'r3'") == [(True,)]
    decisions = project.lake / "decisions" / f"week={WEEK}" / "run_id=r3" / "part-0.parquet"
    none = project.query(f"select * replace ('none' as recommended_action) from '{decisions}'")
    write(project.lake, f"decisions/week={WEEK}/run_id=r3", {name: none[name] for name in none.column_names})
    project.build_untested("customer_scores", "action_list", week=WEEK, run_id="r3")
    assert project.rows("select count(*) from results.action_list where run_id = 'r3'") == [(0,)]


def test_a_new_column_is_added_and_null_in_what_stays(project: Project) -> None:
    with duckdb.connect(str(project.warehouse)) as connection:
        connection.execute("alter table monitoring.row_accounting drop column quarantined_share")
    project.build("row_accounting", week=WEEK, run_id="r1")
    shares = project.rows("select distinct run_id, quarantined_share from monitoring.row_accounting order by run_id")
    assert shares == [("p1", None), ("r1", 0.02)]


def test_drift_compares_with_the_published_week_before(project: Project) -> None:
    last_week = WEEK - timedelta(weeks=1)
    drift = project.rows(f"select run_id, previous_week, psi >= 0 from monitoring.score_drift where week = '{WEEK}'")
    assert ("r1", last_week, True) in drift
    first = project.rows(f"select previous_week, psi from monitoring.score_drift where week = '{last_week}'")
    assert first == [(None, None)]


def truncated(project: Project, folder: Path, *, until: date) -> Project:
    """The project on a copy of the lake in which nothing after `until` exists, with an empty warehouse."""
    for source in sorted((project.lake / "accepted").glob("*/week=*")):
        if source.name <= f"week={until}":
            shutil.copytree(source, folder / "lake" / "accepted" / source.parent.name / source.name)
    # The file's stem is the database's name, which the parsed manifest already holds.
    return Project(project.manifest, folder / "lake", folder / "warehouse.duckdb", project.target)
