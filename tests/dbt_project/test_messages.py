"""What somebody reads who forgot a variable, mistyped a week, or builds results before the scores exist."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.dbt_project.conftest import WEEK
from tests.dbt_project.project import Project

pytestmark = pytest.mark.integration


def test_a_week_that_is_not_a_monday_is_refused(project: Project) -> None:
    status = project.run("run", "training_set", week=WEEK + timedelta(days=1))["training_set"]
    assert "2026-11-10, which is not a Monday" in status


def test_a_missing_variable_names_itself(project: Project) -> None:
    status = project.run("run", "weekly_summary", week=WEEK, run_id="")["weekly_summary"]
    assert "The variable 'run_id' is empty" in status


def test_results_without_predictions_name_the_files(project: Project) -> None:
    status = project.run("run", "customer_scores", week=WEEK, run_id="never_scored")["customer_scores"]
    assert "predictions/week=2026-11-09/run_id=never_scored" in status
    assert "Results are built from the predictions of a run" in status


def test_a_table_without_files_is_empty(project: Project, tmp_path: Path) -> None:
    fresh = Project(project.manifest, tmp_path / "lake", tmp_path / "warehouse.duckdb", project.target)
    fresh.build("campaign_contacts", week=WEEK)
    assert fresh.rows("select count(*) from staging.campaign_contacts") == [(0,)]
