"""The graph as it is loaded: what Dagster itself does not refuse (a misspelt dependency, a check on no asset)."""

import subprocess
import sys

import dagster as dg
import pytest

from engage_assets.automation import HISTORY_SELECTION, RETRAIN_SELECTION, TUNE_SELECTION, WEEKLY_SELECTION
from engage_assets.checks.gates import GATES

GROUPS = {
    "sources", "staging", "features", "models", "scores", "decisions", "results", "analytics", "monitoring",
    "fairness", "reports", "tuning",
}  # fmt: skip


def names(keys):
    return {key.to_user_string() for key in keys}


def test_every_dependency_is_an_asset_that_is_built(asset_graph):
    logs = {"logs/gates", "logs/usage", "logs/costs", "logs/published"}
    assert names(asset_graph.get_all_asset_keys()) - names(asset_graph.materializable_asset_keys) <= logs


def test_every_check_guards_an_asset_that_is_built(asset_graph):
    guarded = names(key.asset_key for key in asset_graph.asset_check_keys)
    assert guarded <= names(asset_graph.materializable_asset_keys)


def test_every_gate_is_a_blocking_check_of_its_asset(asset_graph):
    for gate in GATES:
        key = dg.AssetCheckKey(dg.AssetKey(gate.asset), gate.name)
        assert asset_graph.get(key).blocking, gate.name


def test_groups_owners_kinds_descriptions_and_weeks(asset_graph):
    assert {asset_graph.get(key).group_name for key in asset_graph.materializable_asset_keys} == GROUPS
    for key in asset_graph.materializable_asset_keys:
        node = asset_graph.get(key)
        name = key.to_user_string()
        assert node.owners, name
        assert node.kinds, name
        assert node.description, name
        assert node.partitions_def is not None, name


def test_the_story_reads_from_the_extracts_to_the_reports(asset_graph):
    upstream, seen = {dg.AssetKey(["reports", "engagement"])}, set()
    while upstream:
        seen |= upstream
        upstream = {parent for key in upstream for parent in asset_graph.get(key).parent_keys} - seen
    for stage in (
        "raw/activity",
        "accepted/activity",
        "staging/activity",
        "features/training_set",
        "models/churn",
        "models/champion",
        "scores/predictions",
        "decisions/next_best_actions",
        "results/customer_scores",
        "analytics/weekly_summary",
        "results/published_week",
    ):
        assert stage in names(seen), stage


@pytest.mark.parametrize(("selection", "least"), [(HISTORY_SELECTION, 15), (RETRAIN_SELECTION, 6), (TUNE_SELECTION, 1)])
def test_job_selections_are_not_empty(asset_graph, selection, least):
    assert len(selection.resolve(asset_graph)) >= least


def test_the_weekly_job_builds_everything_but_the_tuning(asset_graph):
    weekly, tuning = WEEKLY_SELECTION.resolve(asset_graph), TUNE_SELECTION.resolve(asset_graph)
    assert not weekly & tuning
    assert weekly | tuning >= asset_graph.materializable_asset_keys


def test_jobs_and_triggers_are_there(definitions):
    repository = definitions.get_repository_def()
    assert {"weekly", "history", "retrain", "tune"} <= {job.name for job in repository.get_all_jobs()}
    assert [schedule.name for schedule in repository.schedule_defs] == ["weekly_monday"]
    assert {sensor.name for sensor in repository.sensor_defs} == {"raw_drop", "run_failed"}


def test_importing_opens_nothing(tmp_path):
    program = "import os; import engage_assets.definitions, engage_assets.cli; print(sorted(os.listdir('.')))"
    completed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert completed.stdout.strip() == "[]"
