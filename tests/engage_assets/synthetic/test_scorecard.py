import numpy as np
import pyarrow as pa
import pytest

from engage_assets.synthetic.scorecard import area_under_curve, score_against_truth

IDS = [f"c{number}" for number in range(400)]
RANDOM = np.random.default_rng(1)
TRUE = RANDOM.uniform(0, 1, 400)
CHURNED = RANDOM.uniform(0, 1, 400) < TRUE


def tables(probability):
    predictions = pa.table(
        {
            "customer_id": IDS,
            "is_active_30d": [True] * 400,
            "churned_30d": CHURNED,
            "churn_probability": probability,
        }
    )
    return predictions, pa.table({"customer_id": IDS, "churn_probability_30d": TRUE})


def test_hand_computed_auc_with_a_tie():
    outcome = np.array([True, True, False, False])
    # Pairs: 0.9 beats both, 0.5 ties with 0.5 (one half) and beats 0.1.
    assert area_under_curve(outcome, np.array([0.9, 0.5, 0.5, 0.1])) == pytest.approx(3.5 / 4)


def test_the_truth_itself_has_skill_one():
    assert score_against_truth(*tables(TRUE)).skill == pytest.approx(1.0)


def test_noise_has_no_skill():
    assert abs(score_against_truth(*tables(RANDOM.uniform(0, 1, 400))).skill) < 0.25


def test_one_outcome_only_is_an_error():
    with pytest.raises(ValueError, match="needs both outcomes"):
        area_under_curve(np.array([True, True]), np.array([0.1, 0.2]))


def test_a_customer_without_truth_is_an_error():
    predictions, truth = tables(TRUE)
    with pytest.raises(ValueError, match="1 customers have no sealed truth"):
        score_against_truth(predictions, truth.slice(1))
