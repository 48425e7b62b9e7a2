"""Gates on a trained churn model: they judge the figures of its ``evidence.json``, never the model itself.

Figures are for customers active in the 30 days before as_of unless their name says otherwise: the others are easy.
Intervals are 95 % bootstrap intervals. Fairness is in ``rules_fairness``.
"""

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from engage_assets.checks.result import EvidenceError, GateResult, gate, interval, number
from engage_assets.checks.rules_fairness import fairness

Evidence = Mapping[str, Any]

__all__ = [
    "beats_baseline",
    "calibration",
    "ensemble_not_worse",
    "fairness",
    "holdout_auc_floor",
    "leak_canary",
    "survival_agrees",
]

# Ranking by recency alone reaches about 0.65 on active customers: below it a spreadsheet would do.
AUC_FLOOR = 0.65

# With fewer leavers the bootstrap interval of an AUC is too narrow (percentile intervals need some 30 events), so a
# lower limit proves nothing.
MIN_POSITIVES = 30

# The paired loss of AUC against a logistic regression that is not worth a retraining: among 1,000 contacted customers
# it moves one or two leavers. The platform's hazard is additive, so a logistic regression is a strong baseline and a
# tie is legitimate.
BASELINE_MARGIN = 0.005

# Stacking weights are fitted out of fold, so on the validation rows the ensemble may lose to its best member by noise:
# 0.0005 nats, or two standard errors of the paired difference where rows are few. The standard deviation per row of the
# difference between the losses of a blend and of its best member is below 0.02 for blends of two good classifiers.
ENSEMBLE_TOLERANCE = 0.0005
PAIRED_LOSS_SD = 0.02

# A slope of 0.9-1.1 keeps the expected value of an action within about 10 %. The point may leave that range within
# the noise, but not the wider one. An interval wider than the wider range says nothing.
SLOPE_RANGE = (0.9, 1.1)
SLOPE_POINT_RANGE = (0.8, 1.2)
SLOPE_MAX_WIDTH = 0.4

# Log-odds, slope held at 1. At a churn rate of 10 %, 0.25 is the difference between 10 % and 12.5 %.
INTERCEPT_LIMIT = 0.25

# A column drawn at random from the future cannot help: a proven gain beyond rounding means that folds or weeks are
# mixed.
CANARY_TOLERANCE = 0.002
# An interval that reaches further than this could hide a leak worth acting on.
CANARY_MAX_UPPER = 0.05

# The best possible AUC on active customers is below 0.90. A single column above 0.97 is the outcome in disguise.
SINGLE_FEATURE_LIMIT = 0.97

AUC_LIMIT = f"lower limit of the AUC above {AUC_FLOOR}, at least {MIN_POSITIVES} leavers"
BASELINE_LIMIT = f"AUC not below the logistic baseline: lower limit of the difference at least -{BASELINE_MARGIN}"
ENSEMBLE_LIMIT = f"log loss at most the best member's, plus {ENSEMBLE_TOLERANCE} or two standard errors"
CALIBRATION_LIMIT = (
    f"slope interval meets {SLOPE_RANGE[0]}-{SLOPE_RANGE[1]}, "
    f"slope within {SLOPE_POINT_RANGE[0]}-{SLOPE_POINT_RANGE[1]}, "
    f"intercept interval meets ±{INTERCEPT_LIMIT}"
)
LEAK_LIMIT = (
    f"canary gain not above {CANARY_TOLERANCE}, no single feature above AUC {SINGLE_FEATURE_LIMIT}, "
    "no customer on both sides, no training week after the validation week"
)


# The hazard of the first week is fitted by other trees, on a tenth of the rows of the churn model, and is not used: it
# differed by up to seven points within a decile at 60,000 and 100,000 customers. The survival curve, from which values
# are made, may be off by two points. Below some 20,000 customers, and late in a longer history, chance alone exceeds
# two points now and then, so the difference must also exceed `by_chance`, which holds for all weeks together: 99 of 100
# right models pass, however many weeks.
FIRST_WEEK_BAND = 0.08
CURVE_BAND = 0.02
MIN_SILENCES = 200
# Where chance alone carries a right model twice as far as it may be off, nothing can be told.
MAX_BY_CHANCE = 2 * CURVE_BAND

SURVIVAL_LIMIT = (
    f"first week's hazard within {FIRST_WEEK_BAND} of the churn probability in every decile (some 500 "
    f"customers at least), survival within {CURVE_BAND} of what was observed, or no further off than chance takes any "
    "week of a right model in 99 of 100 cases"
)


def _positives(evidence: Evidence) -> int:
    rows, positives = number(evidence, "n_validation_active"), number(evidence, "positives_active")
    if rows <= 0:
        raise EvidenceError("no active customer was held out for validation; the model cannot be judged")
    return int(positives)


@gate("holdout_auc", AUC_LIMIT)
def holdout_auc_floor(evidence: Evidence) -> GateResult:
    """The model ranks held-out active customers better than the floor. The value is the lower limit of the AUC."""
    name, positives, auc = "holdout_auc", _positives(evidence), interval(evidence, "auc_active")
    if positives < MIN_POSITIVES:
        message = f"only {positives} leavers among the held-out active customers; use more customers or more weeks"
        return GateResult.insufficient(name, auc.lower, AUC_LIMIT, message)
    message = f"AUC {auc} with {positives:,} leavers"
    if auc.lower > AUC_FLOOR and auc.upper <= 1.0:
        return GateResult.passed(name, auc.lower, AUC_LIMIT, message)
    remedy = (
        f"; the lower limit must be above {AUC_FLOOR}: add columns or customers, look at the features and the labels"
    )
    return GateResult.failed(name, auc.lower, AUC_LIMIT, message + remedy)


@gate("beats_baseline", BASELINE_LIMIT)
def beats_baseline(evidence: Evidence) -> GateResult:
    """The model is not worse than a plain logistic regression on the same rows. The value is the difference in AUC.

    failed: proven worse (whole interval below 0), or the estimate itself is below minus the margin. insufficient: the
    estimate is acceptable, but the interval reaches below minus the margin.
    """
    name, positives = "beats_baseline", _positives(evidence)
    difference = interval(evidence, "baseline", "difference")
    message = f"AUC minus the baseline's is {difference}"
    if difference.upper < 0 or difference.value < -BASELINE_MARGIN:
        if positives < MIN_POSITIVES and difference.upper >= 0:
            return GateResult.insufficient(name, difference.value, BASELINE_LIMIT, f"{message}; {positives} leavers")
        remedy = "; publish the simpler model, or look for what the trees overfit"
        return GateResult.failed(name, difference.value, BASELINE_LIMIT, message + remedy)
    if difference.lower < -BASELINE_MARGIN:
        message += f"; the interval is too wide with {positives:,} leavers: use more customers or more weeks"
        return GateResult.insufficient(name, difference.value, BASELINE_LIMIT, message)
    return GateResult.passed(name, difference.value, BASELINE_LIMIT, message)


@gate("ensemble_not_worse", ENSEMBLE_LIMIT)
def ensemble_not_worse(evidence: Evidence) -> GateResult:
    """The ensemble's log loss is not above that of its best member. The value is the excess, nats per customer."""
    name = "ensemble_not_worse"
    rows = number(evidence, "n_validation_active")
    losses = evidence.get("ensemble", {}).get("members")
    if not isinstance(losses, Mapping) or len(losses) < 2 or rows <= 0:
        raise EvidenceError(f"the ensemble has the members {losses!r} and {rows:g} rows; expected two members and rows")
    members = {member: number(losses, member) for member in losses}
    best = min(members, key=lambda member: members[member])
    excess = number(evidence, "ensemble", "log_loss") - members[best]
    tolerance = max(ENSEMBLE_TOLERANCE, 2 * PAIRED_LOSS_SD / math.sqrt(rows))
    message = f"log loss {excess:+.5f} against {best}, tolerance {tolerance:.5f} with {rows:,.0f} customers"
    if excess <= tolerance:
        return GateResult.passed(name, excess, ENSEMBLE_LIMIT, message)
    return GateResult.failed(name, excess, ENSEMBLE_LIMIT, f"{message}; publish {best} alone or refit the weights")


@gate("calibration", CALIBRATION_LIMIT)
def calibration(evidence: Evidence) -> GateResult:
    """Predicted probabilities are the observed frequencies. The value is the slope of the logistic recalibration.

    failed: the slope's or the intercept's whole interval is outside its range, or a slope that is known well enough
    is outside the range for the point. insufficient: no proof of a fault, and the slope's interval is wider than
    ``SLOPE_MAX_WIDTH``.
    """
    name = "calibration"
    slope, intercept = interval(evidence, "calibration", "slope"), interval(evidence, "calibration", "intercept")
    message = f"slope {slope}, intercept {intercept}"
    faults = []
    if slope.upper < SLOPE_RANGE[0] or slope.lower > SLOPE_RANGE[1]:
        faults.append("the probabilities are " + ("too extreme" if slope.value < 1 else "too timid"))
    if intercept.upper < -INTERCEPT_LIMIT or intercept.lower > INTERCEPT_LIMIT:
        faults.append("the probabilities are too " + ("high" if intercept.value < 0 else "low") + " on average")
    wide = slope.width > SLOPE_MAX_WIDTH
    if not wide and not SLOPE_POINT_RANGE[0] <= slope.value <= SLOPE_POINT_RANGE[1]:
        faults.append("the slope is outside the range for the point")
    if faults:
        return GateResult.failed(name, slope.value, CALIBRATION_LIMIT, f"{message}: {'; '.join(faults)}; recalibrate")
    if wide:
        message += f"; the slope's interval is wider than {SLOPE_MAX_WIDTH}: use more customers or more weeks"
        return GateResult.insufficient(name, slope.value, CALIBRATION_LIMIT, message)
    return GateResult.passed(name, slope.value, CALIBRATION_LIMIT, message)


@gate("leak_canary", LEAK_LIMIT)
def leak_canary(evidence: Evidence) -> GateResult:
    """Nothing of the outcome reaches the inputs. The value is the largest AUC that a single feature reaches alone."""
    name = "leak_canary"
    gain = interval(evidence, "leak", "canary_gain")
    single = number(evidence, "leak", "max_single_feature_auc")
    feature = evidence["leak"].get("max_single_feature")
    overlap = number(evidence, "split", "customer_overlap")
    weeks = [date.fromisoformat(str(week)[:10]) for week in evidence["split"]["training_weeks"]]
    validation_week = date.fromisoformat(str(evidence["split"]["validation_week"])[:10])
    if not weeks:
        raise EvidenceError("the split names no training week; the model cannot be judged")
    faults = []
    if gain.lower > CANARY_TOLERANCE:
        faults.append(f"a random column from the future raises the AUC by {gain}: folds or weeks are mixed")
    if single > SINGLE_FEATURE_LIMIT:
        faults.append(f"{feature} alone reaches AUC {single:.4f}: it carries the outcome, remove it")
    if overlap != 0:
        faults.append(f"{overlap:,.0f} customers are in training and in validation")
    if max(weeks) > validation_week:
        faults.append(f"training week {max(weeks)} is later than the validation week {validation_week}")
    if faults:
        return GateResult.failed(name, single, LEAK_LIMIT, "; ".join(faults), feature=feature)
    message = f"canary gain {gain}; best single feature {feature} with AUC {single:.4f}; no customer on both sides"
    if gain.upper > CANARY_MAX_UPPER:
        message += f"; the canary's interval reaches above {CANARY_MAX_UPPER}: use more customers or more weeks"
        return GateResult.insufficient(name, single, LEAK_LIMIT, message)
    return GateResult.passed(name, single, LEAK_LIMIT, message)


@gate("survival_agrees", SURVIVAL_LIMIT)
def survival_agrees(evidence: Evidence) -> GateResult:
    """The survival curve agrees with the 30-day probability and with what happened. The value is the larger gap.

    insufficient: the hazard is held constant for want of history, or too few customers were followed to tell.
    """
    name = "survival_agrees"
    found = evidence.get("survival")
    if not isinstance(found, Mapping) or "fitted" not in found:
        raise EvidenceError("the evidence has no survival; train again with a program that writes it")
    if not found["fitted"]:
        return GateResult.insufficient(name, None, SURVIVAL_LIMIT, f"the hazard is constant: {found.get('why')}")
    first, silences = number(found, "decile_gap"), number(found, "held_out_silences")
    curve = found.get("curve")
    if curve is None:
        raise EvidenceError("the evidence has no survival curve; train again with a program that writes it")
    if not curve:
        return GateResult.insufficient(name, None, SURVIVAL_LIMIT, "no week was followed by enough customers held out")
    gaps = {int(number(row, "week_ahead")): number(row, "predicted") - number(row, "observed") for row in curve}
    faults = [
        f"survival to week {number(row, 'week_ahead'):.0f} is {number(row, 'predicted'):.3f}, observed "
        f"{number(row, 'observed'):.3f} (±{number(row, 'by_chance'):.3f} by chance)"
        for row in curve
        if abs(gaps[int(row["week_ahead"])]) > max(CURVE_BAND, number(row, "by_chance"))
    ]
    worst = max(gaps.values(), key=abs)
    value = max(abs(first), abs(worst))
    message = (
        f"largest difference of the first week's hazard from the churn probability {first:+.4f}, of survival from what "
        f"was observed {worst:+.4f}, {silences:,.0f} silences"
    )
    if silences < MIN_SILENCES or max(number(row, "by_chance") for row in curve) > MAX_BY_CHANCE:
        return GateResult.insufficient(name, value, SURVIVAL_LIMIT, f"{message}; too few to tell")
    if abs(first) > FIRST_WEEK_BAND:
        faults.append("the first week's hazard is not the churn probability")
    if faults:
        return GateResult.failed(
            name, value, SURVIVAL_LIMIT, f"{message}: {'; '.join(faults)}; look at the survival set"
        )
    return GateResult.passed(name, value, SURVIVAL_LIMIT, message)
