"""The sealed truth is exact: it is calibrated, it is as sharp as documented, and it is what the logs later show."""

from datetime import timedelta

import numpy as np
import pytest

from engage_assets.synthetic import campaigns
from engage_assets.synthetic.scorecard import area_under_curve
from tests.engage_assets.synthetic.worlds import Fate, Written


def test_churn_of_active_customers_is_realistic(fates: list[Fate]) -> None:
    for fate in fates:
        assert 0.07 <= fate.churned[fate.active_30d].mean() <= 0.12, fate.week
        assert 0.15 <= 1 - fate.active_30d[fate.present].mean() <= 0.35, fate.week


def test_the_best_possible_auc_on_active_customers_is_in_the_stated_band(fates: list[Fate]) -> None:
    for fate in fates:
        ceiling = area_under_curve(fate.churned[fate.active_30d], fate.probability[""][fate.active_30d])
        assert 0.84 <= ceiling <= 0.89, fate.week


def test_recency_alone_is_far_from_the_best_possible(fates: list[Fate]) -> None:
    fate = fates[0]
    recency = np.where(fate.walk.active, 0, fate.walk.days_away())
    assert area_under_curve(fate.churned[fate.active_30d], recency[fate.active_30d]) < 0.80


@pytest.mark.parametrize("population", ["active in the week", "away", "all"])
def test_the_true_probability_is_calibrated(fates: list[Fate], population: str) -> None:
    chosen = {
        "active in the week": lambda fate: fate.walk.active & fate.present,
        "away": lambda fate: ~fate.walk.active & fate.present,
        "all": lambda fate: fate.present,
    }[population]
    expected = np.concatenate([fate.probability[""][chosen(fate)] for fate in fates]).astype(float)
    churned = np.concatenate([fate.churned[chosen(fate)] for fate in fates])
    for members in np.array_split(np.argsort(expected), 10):
        deviation = np.sqrt(np.sum(expected[members] * (1 - expected[members])))
        assert abs(churned[members].sum() - expected[members].sum()) < 4 * deviation + 1


def test_the_truth_is_what_the_logs_show_later(written: Written) -> None:
    first = written.weeks[0]
    end = np.datetime64(first + timedelta(days=37), "us")
    known = written.read("truth", first)["customer_id"].to_pylist()
    seen: set[str] = set()
    for later in written.weeks[1:]:
        activity = written.read("activity", later)
        in_window = np.nan_to_num(activity["first_active_at"].to_numpy().astype("datetime64[us]") <= end)
        seen |= {name for name, inside in zip(activity["customer_id"].to_pylist(), in_window, strict=True) if inside}
    probability = written.read("truth", first)["churn_probability_30d"].to_numpy()
    churned = np.array([name not in seen for name in known])
    deviation = np.sqrt(np.sum(probability * (1 - probability)))
    assert abs(churned.sum() - probability.sum()) < 4 * deviation
    assert area_under_curve(churned, probability) > 0.88


def test_the_drivers_add_up_to_the_logarithm_of_the_probability(written: Written) -> None:
    truth = written.read("truth", written.weeks[-1])
    drivers = [name for name in truth.column_names if name.startswith("driver_")]
    total = np.sum([truth[name].to_numpy() for name in drivers], axis=0)
    np.testing.assert_allclose(total, np.log(truth["churn_probability_30d"].to_numpy()), atol=1e-5)
    assert len(drivers) == 11


def test_actions_help_those_they_are_meant_for_and_nobody_else(fates: list[Fate]) -> None:
    fate = fates[-1]
    base = fate.probability[""]
    for action in campaigns.ACTIONS.values():
        treated = fate.probability[action.id]
        meant = campaigns.eligible(action, fate.walk.traits, fate.walk.week + 1)
        assert np.all(treated <= base + 1e-7)
        np.testing.assert_allclose(treated[~meant], base[~meant])
        assert (base - treated)[meant & fate.present].mean() > 0.0005, action.id


def test_a_treatment_has_the_effect_that_the_truth_says(fates: list[Fate]) -> None:
    """Treatment and holdout are drawn by lot: the difference of their truths is the effect of the contact."""
    fate = fates[-1]
    assignment = fate.walk.assignment
    active = fate.walk.active[assignment.contacted]
    held_out = assignment.contacted[active & ~assignment.treated]
    treated = assignment.contacted[active & assignment.treated]
    would_be = fate.probability[assignment.action.id]
    assert fate.probability[""][treated].mean() == pytest.approx(would_be[treated].mean(), rel=1e-4)
    assert would_be[held_out].mean() < fate.probability[""][held_out].mean()
