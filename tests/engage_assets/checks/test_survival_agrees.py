"""How often the gate on the survival curve refuses a right model, and how often one that is wrong.

`pytest -m slow tests/engage_assets/checks/test_survival_agrees.py -s` prints both rates.
"""

from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import pytest
from scipy.stats import binomtest

from engage_assets.checks.result import GateResult
from engage_assets.checks.rules_models import CURVE_BAND, FIRST_WEEK_BAND, survival_agrees
from engage_ml.arrays import F32, F64, Flags
from engage_ml.churn import ChurnModel
from engage_ml.followed import Followed
from engage_ml.split import is_holdout
from engage_ml.survival import SurvivalModel
from engage_ml.survival_training import CHANCE, MIN_FOLLOWED, _by_chance, judge_survival, train_survival
from tests.engage_ml.followed_customers import hazard, population

WEEKS = 4
"""Weeks followed in a quarter of history."""
LONG_WEEKS = 8
"""In 17 weeks of history, the most that are looked at."""
SHIFTS = (0.0, 0.01, 0.02, 0.03, 0.04)
LATER_SHIFTS = (0.15, 0.25, 0.35)
"""Of the log-odds of every hazard after the first week; 0.25 moves the survival at 12,000 customers by 0.03."""
POPULATIONS = 200
SMALL, LARGE = 12_000, 20_000
"""Customers of a small home, and those that the survival set of a large one holds."""


@dataclass(frozen=True)
class Knowing:
    """A churn model that knows the true probability, but for a shift of everybody's."""

    shift: float = 0.0

    def probability(self, x: F32, active: Flags) -> F64:
        return np.clip(np.asarray(hazard(x, 0)) + self.shift, 0.0, 1.0)


@dataclass(frozen=True)
class KnowingMore:
    """A churn model that is right and half knows what will happen, of the customers held out of a population."""

    followed: Followed
    shift: float = 0.0

    def probability(self, x: F32, active: Flags) -> F64:
        left = self.followed.rows(is_holdout(self.followed.hashes)).silent[:, 0]
        return np.clip((np.asarray(hazard(x, 0)) + left) / 2 + self.shift, 0.0, 1.0)


def fitted(seed: int, *, customers: int, weeks: int = WEEKS) -> tuple[Followed, SurvivalModel]:
    """Customers followed over some weeks, and the model of those of them who are not held out."""
    followed = population(seed, weeks=weeks, customers=customers)
    model, saved = train_survival(followed, seed=seed)
    assert saved is not None
    return followed, model


def judged(followed: Followed, model: SurvivalModel, *, shift: float = 0.0) -> tuple[GateResult, dict[str, Any]]:
    found = judge_survival(model, followed, cast(ChurnModel, Knowing(shift)))
    return survival_agrees({"survival": found}), found


def later_off(model: SurvivalModel, log_odds: float) -> SurvivalModel:
    """The model with the hazards of all weeks after the first shifted."""
    assert model.active is not None
    first, *later = model.active.intercepts
    lines = replace(model.active, intercepts=(first, *(each + log_odds for each in later)))
    return replace(model, active=lines)


def test_the_limits_of_all_weeks_hold_together_and_shrink_with_customers() -> None:
    found = {customers: judged(*fitted(1, customers=customers))[1]["curve"] for customers in (SMALL, LARGE)}
    assert [len(curve) for curve in found.values()] == [WEEKS, WEEKS], "nobody was followed further"
    for curve in found.values():
        for row in curve:
            alone = (row["upper"] - row["lower"]) / 2
            assert alone < row["by_chance"] < 2.5 * alone
    reach = {customers: max(row["by_chance"] for row in curve) for customers, curve in found.items()}
    assert reach[LARGE] == pytest.approx(reach[SMALL] * np.sqrt(SMALL / LARGE), rel=0.05)
    assert reach[LARGE] <= CURVE_BAND, "with a full survival set and a quarter of history the band alone decides"


def test_more_weeks_have_wider_limits_at_their_end() -> None:
    curve = judged(*fitted(1, customers=LARGE, weeks=LONG_WEEKS))[1]["curve"]
    assert len(curve) == LONG_WEEKS
    assert CURVE_BAND < max(row["by_chance"] for row in curve) < 1.5 * CURVE_BAND


def test_a_week_that_hardly_anybody_was_followed_to_is_not_judged() -> None:
    followed, model = fitted(3, customers=SMALL)
    silent = followed.silent.copy()
    silent[MIN_FOLLOWED // 2 :, WEEKS - 1] = np.nan
    verdict, found = judged(replace(followed, silent=silent), model)
    assert [row["week_ahead"] for row in found["curve"]] == list(range(WEEKS - 1))
    assert verdict.state == "passed"


def test_a_week_in_which_all_are_alike_tells_nothing() -> None:
    reach = _by_chance(np.array([[0.01, -0.01, 0.0], [0.0, 0.0, 0.0]]), 100)
    assert np.isinf(reach).all()


def test_a_week_that_not_everybody_was_followed_to_is_judged_on_those_who_were() -> None:
    followed, model = fitted(3, customers=LARGE)
    lost = np.arange(LARGE) % 2 == 0
    silent = followed.silent.copy()
    silent[lost, WEEKS - 1] = np.nan
    curve = judged(replace(followed, silent=silent), model)[1]["curve"]
    assert curve[-1]["customers"] == pytest.approx(curve[0]["customers"] / 2, rel=0.05)
    assert curve[-1]["observed"] == pytest.approx(curve[-1]["predicted"], abs=0.03)


def test_a_curve_that_is_off_is_refused() -> None:
    verdict, _ = judged(*fitted(2, customers=SMALL), shift=0.04)
    assert verdict.state == "failed"
    assert "by chance" in verdict.message


def test_a_churn_model_that_knows_more_than_the_hazard_agrees_with_it_until_it_is_off() -> None:
    followed, model = fitted(4, customers=LARGE)
    right, off = (
        judge_survival(model, followed, cast(ChurnModel, KnowingMore(followed, shift)))["decile_gap"]
        for shift in (0.0, 0.1)
    )
    assert abs(right) < FIRST_WEEK_BAND / 2
    assert abs(off) > FIRST_WEEK_BAND


@pytest.mark.slow
@pytest.mark.parametrize(("customers", "weeks"), [(SMALL, WEEKS), (LARGE, WEEKS), (LARGE, LONG_WEEKS)])
def test_false_alarms_and_power_over_populations(
    customers: int, weeks: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a right model, of its churn probability shifted, and of its later hazards shifted."""
    by_first, by_later = dict.fromkeys(SHIFTS, 0), dict.fromkeys(LATER_SHIFTS, 0)
    for seed in range(1, POPULATIONS + 1):
        followed, model = fitted(seed, customers=customers, weeks=weeks)
        for shift in SHIFTS:
            by_first[shift] += judged(followed, model, shift=shift)[0].state == "failed"
        for shift in LATER_SHIFTS:
            by_later[shift] += judged(followed, later_off(model, shift))[0].state == "failed"
    with capsys.disabled():
        print(f"\n{customers:,} customers, {weeks} weeks, {POPULATIONS} populations: share refused (95 % interval)")
        for what, refused in (("probabilities", by_first), ("log-odds of later hazards", by_later)):
            for shift, count in refused.items():
                low, high = binomtest(count, POPULATIONS).proportion_ci(method="wilson")
                print(f"  {what} off by {shift:.2f}: {count / POPULATIONS:.3f} ({low:.3f} to {high:.3f})")
    assert binomtest(by_first[0.0], POPULATIONS, CHANCE, alternative="greater").pvalue > 0.01
    assert by_first[0.04] > 0.95 * POPULATIONS
    assert by_later[max(LATER_SHIFTS)] > 0.95 * POPULATIONS
