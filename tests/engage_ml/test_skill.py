"""What a model can and cannot know: shuffled labels, the truth as a feature, and a dial between them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engage_assets.synthetic.scorecard import expected_auc
from engage_ml.hashing import hash_ids
from engage_ml.split import is_holdout
from tests.engage_ml.conftest import CUSTOMERS, WEEKS, Workspace
from tests.engage_ml.planted import CATEGORIES, feature_list

pytestmark = pytest.mark.slow

Population = tuple[pa.Table, np.ndarray]
MakeWorkspace = Callable[..., Workspace]


def with_column(table: pa.Table, name: str, values: Any) -> pa.Table:
    if name in table.column_names:
        return table.set_column(table.column_names.index(name), name, pa.array(values))
    return table.append_column(name, pa.array(values))


def skill(make_workspace: MakeWorkspace, table: pa.Table, truth: np.ndarray, **changes: Any) -> float:
    """Trains on the table and compares the held-out active customers of the last week with their true probability."""
    workspace = make_workspace(table)
    completed = workspace.run("training", **changes)
    assert completed.returncode == 0, completed.stderr
    predicted = pq.read_table(workspace.root / "evaluation" / "validation_predictions", partitioning=None)
    predicted = predicted.filter(predicted["is_active_30d"])
    last = table.slice((WEEKS - 1) * CUSTOMERS)
    known = dict(zip(last["customer_id"].to_pylist(), truth[-CUSTOMERS:], strict=True))
    true = np.array([known[customer] for customer in predicted["customer_id"].to_pylist()])
    assert is_holdout(hash_ids(predicted["customer_id"].combine_chunks())).all()
    [found], [best] = expected_auc(predicted["churn_probability"].to_numpy(), true), expected_auc(true, true)
    return float((found - 0.5) / (best - 0.5))


def test_shuffled_labels_give_no_skill(population: Population, make_workspace: MakeWorkspace) -> None:
    table, truth = population
    shuffled = np.random.default_rng(3).permutation(table["churned_30d"].to_numpy(zero_copy_only=False))
    assert abs(skill(make_workspace, with_column(table, "churned_30d", shuffled), truth)) < 0.15


def test_the_true_probability_as_a_feature_gives_all_of_it(
    population: Population, make_workspace: MakeWorkspace
) -> None:
    table, truth = population
    told = {"name": "truth", "type": "numeric", "label": "truth", "theme": "profile", "categories": None}
    found = skill(make_workspace, with_column(table, "truth", truth), truth, features=[*feature_list(), told])
    assert 0.97 < found <= 1.001


def test_a_difficulty_dial_degrades_the_skill_smoothly(population: Population, make_workspace: MakeWorkspace) -> None:
    """At dial d, a share d of every feature's values is another customer's."""
    table, truth = population
    draw = np.random.default_rng(5)
    found = []
    for dial in (0.0, 0.25, 0.5, 0.75, 1.0):
        harder = table
        for feature in feature_list():
            if feature["name"] in CATEGORIES:
                continue
            values = table[feature["name"]].to_numpy(zero_copy_only=False)
            other = draw.permutation(values)
            mixed = np.where(draw.random(len(values)) < dial, other, values)
            harder = with_column(harder, feature["name"], pa.array(mixed, from_pandas=True))
        found.append(skill(make_workspace, harder, truth))
    print("skill by dial", [round(value, 3) for value in found])
    assert found[0] > 0.8
    assert abs(found[-1]) < 0.35  # the two categories are left as they are
    steps = -np.diff(found)
    assert (steps > -0.03).all()
    assert steps.max() < 0.6
