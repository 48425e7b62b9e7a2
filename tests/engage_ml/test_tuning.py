import json
import time
from pathlib import Path

import numpy as np
import pytest

from engage_ml import tuning
from engage_ml.errors import ProgramError
from engage_ml.hyperparameters import ChurnTrees
from engage_ml.parameters import TuningParameters
from engage_ml.training_data import TrainingData
from engage_ml.tuning import search, study_name, write_result
from engage_ml.tuning_data import TuningPart, confirm, tuning_parts
from tests.engage_ml.conftest import Workspace
from tests.engage_ml.planted import feature_list

POOR = ChurnTrees(rounds=20, max_depth=2, eta=0.03, colsample_bytree=0.1, min_child_weight=500.0, source="poor")


def parameters(root: Path, **changes: object) -> TuningParameters:
    extras = {
        "week": "2026-04-27",
        "training_set_uri": str(root / "training_set"),
        "features": feature_list(),
        "models_uri": str(root / "models"),
        "seed": 3,
        "seconds": 60,
        "max_trials": 6,
        "churn_trees": vars(POOR),
        **changes,
    }
    return TuningParameters.from_extras(extras)


@pytest.fixture(scope="module")
def parts(data: TrainingData) -> tuple[TuningPart, TuningPart]:
    return tuning_parts(data)


def run(given: TuningParameters, part: TuningPart) -> tuple[ChurnTrees, list[dict[str, object]], list[str]]:
    said: list[str] = []
    best, trials = search(given, part, name="study-1", deadline=time.monotonic() + given.seconds, log=said.append)
    return best, trials, said


def test_no_customer_is_trained_on_and_judged_on(data: TrainingData, parts: tuple[TuningPart, TuningPart]) -> None:
    middle = len(parts[0].train)
    hashes, others = data.training.hashes[:middle], data.training.hashes[middle:]
    train = parts[0].train
    assert not set(hashes[train]) & set(hashes[~train])
    assert not set(hashes) & set(others)
    assert 0.6 < train.mean() < 0.8
    assert len(others) == len(parts[1].train) > 0.3 * len(data.training), "of five folds, all are used"


def test_a_search_begins_with_what_is_in_use_beats_it_and_goes_on_where_it_stopped(
    parts: tuple[TuningPart, TuningPart], tmp_path: Path
) -> None:
    best, trials, _ = run(parameters(tmp_path, max_trials=4), parts[0])
    assert trials[0]["params"] == {key: getattr(POOR, key) for key in tuning.RANGES}
    best, more, said = run(parameters(tmp_path), parts[0])
    assert more[:4] == trials
    assert len(more) == 6
    assert said == ["4 trials of an earlier run"]
    assert best.source == tuning.file_name(best)
    completed = [trial["value"] for trial in more if trial["state"] == "COMPLETE"]
    assert min(completed) < trials[0]["value"]  # type: ignore[operator, type-var]
    gain = confirm(parts[1], best, POOR, seed=3)
    assert gain["log_loss_gain"] > gain["standard_error"] > 0


def test_the_same_seed_makes_the_same_search(parts: tuple[TuningPart, TuningPart], tmp_path: Path) -> None:
    first = run(parameters(tmp_path / "a", max_trials=3), parts[0])[1]
    second = run(parameters(tmp_path / "b", max_trials=3), parts[0])[1]
    assert first == second


def test_time_is_up(parts: tuple[TuningPart, TuningPart], tmp_path: Path) -> None:
    best, trials = search(parameters(tmp_path), parts[0], name="s", deadline=time.monotonic() - 1, log=print)
    assert (best, trials) == (POOR, [])


def test_other_data_or_another_start_is_another_search(tmp_path: Path) -> None:
    given = parameters(tmp_path)
    names = {study_name(given, "a"), study_name(given, "b"), study_name(parameters(tmp_path, churn_trees=None), "a")}
    assert len(names) == 3


def test_confirming_against_itself_is_no_gain(parts: tuple[TuningPart, TuningPart]) -> None:
    gain = confirm(parts[1], POOR, POOR, seed=3)
    assert gain["log_loss_gain"] == 0
    assert gain["log_loss_found"] == gain["log_loss_in_use"] > 0


def test_only_what_was_adopted_becomes_the_parameters_in_use(tmp_path: Path) -> None:
    given, best = parameters(tmp_path), ChurnTrees(eta=0.1, source="trees-1")
    folder = tmp_path / "models" / "tuning"
    write_result(given, best, {"study": "study-1", "adopted": False})
    assert not (folder / "current.json").exists()
    write_result(given, best, {"study": "study-1", "adopted": True})
    assert ChurnTrees.from_json(json.loads((folder / "current.json").read_text())["churn_trees"]) == best
    assert (folder / "trees-1.json").exists()


def test_training_reads_the_parameter_file_and_says_so_in_the_card(make_workspace: object, tmp_path: Path) -> None:
    workspace: Workspace = make_workspace()  # type: ignore[operator]
    tuned = vars(ChurnTrees(rounds=30, eta=0.2, source="trees-1"))
    completed = workspace.run("training", churn_trees=tuned)
    assert completed.returncode == 0, completed.stderr
    [card] = (workspace.root / "models").glob("*/card.json")
    churn = json.loads(card.read_text())["parameters"]["churn"]
    assert (churn["rounds"], churn["eta"], churn["source"]) == (30, 0.2, "trees-1")
    booster = json.loads((card.parent / "churn_xgboost_0.json").read_text())
    assert len(booster["learner"]["gradient_booster"]["model"]["trees"]) == 30


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"max_depth": 7}, "max_depth is 7"),
        ({"rounds": 5_000}, "rounds is 5000"),
        ({"eta": "fast"}, "could not convert"),
        ({"depth": 3}, "unexpected keyword"),
        ([1], "is not one of the churn trees"),
    ],
)
def test_a_parameter_file_that_cannot_be_used_is_one_message(content: object, message: str) -> None:
    with pytest.raises(ProgramError, match=message):
        ChurnTrees.from_json(content)


def test_losses_fall_along_the_rounds(parts: tuple[TuningPart, TuningPart]) -> None:
    losses = list(parts[0].losses(ChurnTrees(rounds=30, eta=0.05), checkpoints=3, seed=1))
    assert len(losses) == 3
    assert np.isfinite(losses).all()
    assert losses[2] < losses[0]
