from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from engage_ml.hyperparameters import ChurnTrees
from engage_ml.identity import library_versions, version_name
from engage_ml.parameters import VERSION_PATTERN, TrainingParameters, read_features
from tests.engage_ml.planted import feature_list

PARAMETERS = TrainingParameters(
    week=date(2026, 3, 2),
    run_id="run-1",
    training_set_uri="t",
    features=read_features(feature_list()),
    models_uri="m",
    evaluation_uri="e",
    seed=1,
    max_training_rows=1_000,
    threads=2,
    code_version="abc",
    champion_version=None,
    survival_set_uri=None,
    churn_trees=ChurnTrees(),
    outcome_days=30,
    reweighted_by=None,
)


def test_a_version_is_named_by_week_and_content() -> None:
    name = version_name(PARAMETERS, data_digest="d", previous=None)
    assert VERSION_PATTERN.fullmatch(name)
    assert name.startswith("2026-03-02-")


@pytest.mark.parametrize("change", [{"seed": 2}, {"max_training_rows": 2_000}, {"code_version": "x"}, {"features": ()}])
def test_what_shapes_the_models_changes_the_name(change: dict[str, Any]) -> None:
    changed = version_name(replace(PARAMETERS, **change), data_digest="d", previous=None)
    assert changed != version_name(PARAMETERS, data_digest="d", previous=None)


def test_data_and_the_origin_of_segment_names_change_the_name() -> None:
    names = {
        version_name(PARAMETERS, data_digest=digest, previous=previous)
        for digest, previous in (("d", None), ("e", None), ("d", "2026-02-23-000000000000"))
    }
    assert len(names) == 3


@pytest.mark.parametrize("change", [{"run_id": "run-2"}, {"threads": 1}, {"models_uri": "elsewhere"}])
def test_where_and_how_it_runs_does_not(change: dict[str, Any]) -> None:
    changed = version_name(replace(PARAMETERS, **change), data_digest="d", previous=None)
    assert changed == version_name(PARAMETERS, data_digest="d", previous=None)


def test_every_library_is_known() -> None:
    assert "absent" not in library_versions().values()
