"""One parsed project, one small simulated lake and one built warehouse for the whole session."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from engage_assets.synthetic import Platform, write_weeks
from tests.dbt_project.project import LAYERS, Project, invoke
from tests.dbt_project.run_files import publish, ready_to_publish, write_run

WEEK = date(2026, 11, 9)
FIRST_WEEK = WEEK - timedelta(weeks=9)
CUSTOMERS = 300


@pytest.fixture(scope="session")
def weeks() -> Sequence[date]:
    """The weeks in the lake: five before the first week that features are built for."""
    return [FIRST_WEEK + timedelta(weeks=i) for i in range(-5, 10)]


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory, weeks: Sequence[date]) -> Path:
    """A lake of a few customers; every simulated row passes the contract, so the raw rows are the accepted ones."""
    root = tmp_path_factory.mktemp("lake")
    write_weeks(Platform(customers=CUSTOMERS), weeks, root)
    (root / "raw").rename(root / "accepted")
    ready_to_publish(root)
    return root


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("target")


@pytest.fixture(scope="session")
def manifest(target: Path) -> Any:
    """The project, parsed without any variable: one manifest serves every week."""
    outcome = invoke(target, "parse", warehouse=target / "warehouse.duckdb")
    assert outcome.success, outcome.exception
    return outcome.result


@pytest.fixture(scope="session")
def project(manifest: Any, lake: Path, target: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Features of ten weeks; two published weeks and a run of the last week that is not published."""
    built = Project(manifest, lake, tmp_path_factory.mktemp("warehouse") / "warehouse.duckdb", target)
    built.build("staging", "features", week=WEEK, first_week=FIRST_WEEK)
    # The week before, so that drift has something to compare with.
    score(built, WEEK - timedelta(weeks=1), "p1")
    publish(lake, WEEK - timedelta(weeks=1), "p1")
    score(built, WEEK, "r1")
    return built


def score(project: Project, week: date, run_id: str) -> None:
    """Writes the files of a run and builds its results."""
    write_scores(project, week, run_id)
    project.build(*LAYERS, week=week, run_id=run_id)


def write_scores(project: Project, week: date, run_id: str) -> None:
    """Writes the files of a run, for the customers that have features."""
    features = project.query(
        "select customer_id, lifecycle_stage, is_active_30d from features.customer_features "
        f"where week = '{week}' order by customer_id"
    )
    write_run(project.lake, features, week, run_id)
