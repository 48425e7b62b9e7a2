"""Fits the weekly hazard on a sample of customers who were followed for up to eight weeks.

The trees learn on one half of the training customers, the lines of the periods on the other, so that a line corrects
what the trees believe too firmly. The customers held out for validation judge both.
"""

from typing import Any

import numpy as np

from engage_ml import boosting
from engage_ml.arrays import F64, Int
from engage_ml.bootstrap import wilson
from engage_ml.churn import ChurnModel
from engage_ml.followed import OBSERVED_WEEKS, Followed
from engage_ml.hashing import uniform
from engage_ml.hyperparameters import SURVIVAL, SURVIVAL_PERSON_WEEKS, SURVIVAL_ROUNDS
from engage_ml.logistic import fit_logistic
from engage_ml.split import is_holdout
from engage_ml.survival import PERIODS, Lines, SurvivalModel, survival_curve
from engage_ml.tree_compiler import compile_trees

MIN_EVENTS = 200
"""Silences that begin after week 0, below which the hazard is held constant instead of fitted."""
MIN_EVENTS_OF_A_LINE = 50
"""Silences below which a period has one hazard for all customers of a population."""
MIN_RETURNS = 100
"""Silences that a share of returns is estimated from at least; else that of the week before is held."""
DECILES = 10
GROUP_CUSTOMERS = 500
"""Customers of a group whose mean hazards are compared: deciles of a full survival set, fewer groups of a smaller."""
MIN_FOLLOWED = 100
"""Customers held out who were followed to a week, below which its survival is not judged."""
CHANCE = 0.01
"""How often chance alone may carry the predicted curve of any one week beyond `by_chance`, all weeks together."""
CHANCE_DRAWS = 100_000


def train_survival(followed: Followed | None, *, seed: int) -> tuple[SurvivalModel, bytes | None]:
    """The hazard and its booster as XGBoost wrote it; the constant hazard, and None, without enough customers."""
    if followed is None:
        return SurvivalModel(None, facts={"hazard": "constant", "why": "no week was followed by others"}), None
    training = followed.rows(~is_holdout(followed.hashes))
    first, has_event = training.begun()
    later = int((has_event & (first > 0)).sum())
    if later < 2 * MIN_EVENTS or followed.start > OBSERVED_WEEKS - 3:
        why = (
            f"{later} silences began within {OBSERVED_WEEKS - followed.start} weeks, the first left out; expected "
            f"{2 * MIN_EVENTS} within three weeks at least"
        )
        return SurvivalModel(None, facts={"hazard": "constant", "why": why}), None
    trees = uniform(training.hashes, "survival") < 0.5
    saved = _train_trees(training.rows(trees), seed=seed)
    tables = compile_trees(saved)
    other = training.rows(~trees)
    margin = tables.margin(other.x)
    active, inactive = (_fit_lines(other, margin, active=active) for active in (True, False))
    facts = {
        "hazard": "fitted",
        "customers": len(training.active),
        "customers_of_the_lines": len(other.active),
        "silences_after_the_first_week": later,
        "weeks_followed": OBSERVED_WEEKS - followed.start,
    }
    return SurvivalModel(tables, active, inactive, facts), saved


def person_weeks(followed: Followed, *, limit: int) -> tuple[Int, Int, F64]:
    """A regular sample of (customer, week) pairs at risk: positions, weeks, and whether silence begins then.

    A pair is at risk as long as no silence has begun before and the week's outcome is known.
    """
    first, has_event = followed.begun()
    last = first + has_event  # weeks [0, last) are at risk
    place, week = np.nonzero(np.arange(OBSERVED_WEEKS) < last[:, None])
    every = max(1, round(len(place) / limit))
    place, week = place[::every], week[::every]
    return place, week, (has_event[place] & (first[place] == week)).astype(np.float64)


def judge_survival(model: SurvivalModel, followed: Followed | None, churn: ChurnModel) -> dict[str, Any]:
    """Survival against what happened, on customers held out, and the fitted first week against the churn model.

    ``decile_gap`` is the largest difference of the mean fitted h_0 from the mean churn probability over the deciles of
    the former, or over fewer groups of some 500 customers. ``curve`` has predicted and observed survival of every week,
    the interval of what was observed, and ``by_chance``, which the difference of none of the weeks exceeds in 99 of 100
    populations when the model is right; ``curve_gap`` is the largest difference.
    """
    if followed is None or model.booster is None:
        return {"fitted": False, **model.facts}
    held = followed.rows(is_holdout(followed.hashes))
    probability = churn.probability(held.x, held.active)
    own = model.fitted_hazards(model.booster.margin(held.x), held.active)[0]
    # By the hazard, which knows less: among customers whom the better informed model puts highest, it is lower even
    # when both are right.
    order = np.argsort(own, kind="stable")
    groups = min(DECILES, max(1, round(len(order) / GROUP_CUSTOMERS)))
    gaps = [float(own[part].mean() - probability[part].mean()) for part in np.array_split(order, groups)]
    hazards = model.hazards(held.x, held.active, probability)
    survival = survival_curve(hazards, OBSERVED_WEEKS)
    first, has_event = held.begun()
    followed_weeks = np.cumprod(np.isfinite(held.silent[:, held.start :]), axis=1).sum(axis=1)
    rows: list[dict[str, Any]] = []
    shares: list[F64] = []
    for week in range(OBSERVED_WEEKS - held.start):
        # Whoever was followed that long, whatever happened: to keep those who left before would be to count them alone.
        known = followed_weeks > week
        survived = known & ~(has_event & (first <= week))
        if (n := int(known.sum())) < MIN_FOLLOWED:
            continue
        lower, upper = wilson(float(survived.sum()), n)
        gap = np.where(known, survival[week] - survived, 0.0)
        shares.append(np.where(known, gap - gap.sum() / n, 0.0) / n)
        rows.append(
            {
                "week_ahead": week,
                "customers": n,
                "predicted": float(survival[week, known].mean()),
                "observed": float(survived.sum() / n),
                "lower": lower,
                "upper": upper,
            }
        )
    for row, reach in zip(rows, _by_chance(np.array(shares), model.facts["customers_of_the_lines"]), strict=True):
        row["by_chance"] = float(reach)
    return {
        "fitted": True,
        **model.facts,
        "held_out": len(held.active),
        "held_out_silences": int(has_event.sum()),
        "decile_gap": max(gaps, key=abs),
        "mean_gap": float(own.mean() - probability.mean()),
        "curve": rows,
        "curve_gap": max((row["predicted"] - row["observed"] for row in rows), key=abs, default=0.0),
    }


def _by_chance(shares: F64, fitted_on: int) -> F64:
    """Largest differences of predicted and observed survival that chance makes, shape (weeks,).

    `shares` has shape (weeks, customers): what each customer adds to the deviation of a week's mean difference. The
    weeks go together, as most customers are in all of them, so the limit is the quantile of the largest of correlated
    normal deviates (max-T), not one for each week. The lines were fitted on a sample, too: its share of the variance
    is that of the customers held out, by number.
    """
    if not len(shares):
        return np.empty(0)
    covariance = shares @ shares.T
    spread = np.sqrt(np.diag(covariance))
    if not (spread > 0).all():  # all alike in a week: what chance makes of it is not known
        return np.full(len(shares), np.inf)
    deviates = np.random.default_rng(0).multivariate_normal(
        np.zeros(len(shares)), covariance / np.outer(spread, spread), CHANCE_DRAWS, method="eigh"
    )
    critical = float(np.quantile(np.abs(deviates).max(axis=1), 1 - CHANCE))
    return np.asarray(critical * spread * np.sqrt(1 + shares.shape[1] / fitted_on))


def _train_trees(followed: Followed, *, seed: int) -> bytes:
    place, week, begins = person_weeks(followed, limit=SURVIVAL_PERSON_WEEKS)
    # Without it the trees would spend themselves on the difference between the weeks, which the lines know better.
    level = np.zeros(len(place), dtype=np.float32)
    for start, end in PERIODS:
        for active in (True, False):
            cell = (week >= start) & (week < end) & (followed.active[place] == active)
            if cell.any():
                rate = (begins[cell].sum() + 0.5) / (cell.sum() + 1.0)
                level[cell] = np.log(rate / (1 - rate))
    return boosting.train(
        boosting.binned(np.take(followed.x, place, axis=1), threads=1),
        begins.astype(np.float32),
        np.ones(len(place), dtype=np.float32),
        objective="binary:logistic",
        base_score=0.5,
        base_margin=level,
        rounds=SURVIVAL_ROUNDS,
        parameters=SURVIVAL,
        threads=1,
        seed=seed,
    )


def _fit_lines(followed: Followed, margin: F64, *, active: bool) -> Lines:
    """Lines of each period and the returns of a population."""
    rows = followed.active == active
    part = followed.rows(rows)
    place, week, begins = person_weeks(part, limit=len(rows) * OBSERVED_WEEKS)
    scores = margin[rows][place]
    intercepts: list[float] = []
    slopes: list[float] = []
    for start, end in PERIODS:
        chosen = (week >= start) & (week < end)
        if not chosen.any() and intercepts:  # nobody was followed that long: the last line is held
            intercepts.append(intercepts[-1])
            slopes.append(slopes[-1])
            continue
        if begins[chosen].sum() >= MIN_EVENTS_OF_A_LINE:
            intercept, slope = fit_logistic(scores[chosen][None, :], begins[chosen], np.ones(int(chosen.sum())))
            slope = max(float(slope), 0.0)
        else:
            rate = (begins[chosen].sum() + 0.5) / (chosen.sum() + 1.0)
            intercept, slope = np.log(rate / (1 - rate)), 0.0
        intercepts.append(float(intercept))
        slopes.append(float(slope))
    return Lines(tuple(intercepts), tuple(slopes), _returned(part, fresh=active))


def _returned(followed: Followed, *, fresh: bool) -> tuple[float, ...]:
    """Share not silent j weeks after a silence began.

    `fresh`: silences that begin after a known week without one, whenever that is. Otherwise those that customers are in
    at the week of the features: they have been away for long already.
    """
    silent = followed.silent
    begins = np.zeros(silent.shape, dtype=bool)
    if fresh:
        begins[:, 1:] = (silent[:, 1:] == 1) & (silent[:, :-1] == 0)
    else:
        begins[:, followed.start] = silent[:, followed.start] == 1
    shares = [0.0]
    for lag in range(1, OBSERVED_WEEKS):
        rows, weeks = np.nonzero(begins[:, :-lag])
        later = silent[rows, weeks + lag]
        later = later[np.isfinite(later)]
        shares.append(float(1 - later.mean()) if len(later) >= MIN_RETURNS else shares[-1])
    return tuple(shares)
