"""Estimates without outcomes, and what outcomes say: against sklearn, and against many simulated months."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from engage_assets.monitoring.performance import METRICS, Figure, Scores, enough, surprises

PROBABILITY = np.random.default_rng(1).beta(1, 6, 4_000)


def figures(found):
    assert [figure.metric for figure in found] == list(METRICS)
    return {figure.metric: figure for figure in found}


def outcomes(seed, probability=PROBABILITY):
    return np.random.default_rng(seed).random(len(probability)) < probability


def happened(scores, churned):
    return [Figure(name, float(value[0]), 0.0, 1.0) for name, value in scores.values(churned).items()]


def test_realised_figures_are_those_of_sklearn():
    # Rounded, so that there are ties.
    probability, churned = PROBABILITY.round(2).clip(0.005, 0.995), outcomes(2)
    found = figures(Scores(probability).realised(churned))
    assert found["auc"].value == pytest.approx(roc_auc_score(churned, probability))
    assert found["pr_auc"].value == pytest.approx(average_precision_score(churned, probability))
    assert found["log_loss"].value == pytest.approx(log_loss(churned, probability))
    assert found["brier_score"].value == pytest.approx(brier_score_loss(churned, probability))
    assert found["churn_rate"].value == pytest.approx(churned.mean())
    first = np.argsort(-PROBABILITY)[:400]
    exact = figures(Scores(PROBABILITY).realised(churned))
    assert exact["lift_at_10_pct"].value == pytest.approx(churned[first].mean() / churned.mean())


def test_every_interval_holds_its_value():
    scores = Scores(PROBABILITY)
    for figure in (*scores.estimated(), *scores.realised(outcomes(3))):
        assert figure.lower <= figure.value <= figure.upper, figure


def test_the_estimate_is_what_happens_on_average_and_its_interval_holds_99_of_100_months():
    scores = Scores(PROBABILITY)
    promised = figures(scores.estimated())
    months = [scores.values(outcomes(seed)) for seed in range(10, 130)]
    for metric in METRICS:
        values = np.array([month[metric][0] for month in months])
        error = values.std() / np.sqrt(len(values))
        assert abs(values.mean() - promised[metric].value) < 4 * error + 0.002 * abs(values.mean()), metric
        inside = np.mean((values >= promised[metric].lower) & (values <= promised[metric].upper))
        assert inside >= 0.95, metric  # 99 % of 120 months: 114 or more with probability 0.999


def test_a_month_as_promised_is_no_surprise_and_false_alarms_are_rare():
    scores = Scores(PROBABILITY)
    promised = scores.estimated()
    alarms = [bool(surprises(promised, happened(scores, outcomes(seed)))) for seed in range(200, 300)]
    assert sum(alarms) <= 6  # two figures at 1 % each: seven or more of 100 with probability below 0.005


@pytest.mark.parametrize(
    ("churned", "named"),
    [
        (lambda: outcomes(4, PROBABILITY * 1.5), "churn_rate"),
        (lambda: np.random.default_rng(5).permutation(outcomes(5)), "auc"),
    ],
)
def test_what_turned_out_otherwise_is_named(churned, named):
    scores = Scores(PROBABILITY)
    found = surprises(scores.estimated(), scores.realised(churned()))
    assert any(text.startswith(named) for text in found), found


def test_a_few_customers_or_leavers_say_nothing():
    assert not enough(PROBABILITY[:150])
    assert not enough(np.full(1_000, 0.005))
    assert not enough(PROBABILITY, np.zeros(len(PROBABILITY), dtype=bool))
    assert enough(PROBABILITY, outcomes(6))
