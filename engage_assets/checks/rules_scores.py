"""Gates on a scored week: every customer once, real probabilities, no sudden shift, a decision for each."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy.special import gammaincinv, ndtri

from engage_assets.actions import HOLDOUT_SHARE
from engage_assets.checks.result import EvidenceError, GateResult, gate

Floats = npt.NDArray[np.float64]
Scores: TypeAlias = Sequence[float] | Floats | pa.ChunkedArray

TIERS = ("Low", "Medium", "High", "Critical")

# Below 0.1 a population stability index is read as "no shift" (Siddiqi 2006). It is also never held to less than what
# two samples of the same population show by chance: PSI then follows (1/n1 + 1/n2) chi-square(bins - 1) (Yurdakul
# 2018).
PSI_LIMIT = 0.1
# One false alarm in a thousand weeks.
PSI_NULL_QUANTILE = 0.999
PSI_BINS = 10
# 0.25 is the usual "major shift". Where chance alone reaches it, the samples cannot show one.
PSI_MAX_USEFUL_LIMIT = 0.25

# Bounds of the holdout's share: one false alarm in a hundred thousand weeks, because the draw is the same every week
# and an unlucky salt would refuse all of them.
HOLDOUT_FALSE_ALARM = 1e-5

# Float sums differ in the last digits; a decision that costs a hundredth of a cent more than it brings is still a
# fault.
VALUE_TOLERANCE_USD = 1e-6

COVERAGE_LIMIT = "every customer of the week exactly once, nobody else"
# The survival curve ends after a year.
MAX_REMAINING_WEEKS = 52.0

RANGE_LIMIT = "finite probabilities from 0 to 1, not all the same, risk tiers in their order"
DRIFT_LIMIT = f"PSI at most {PSI_LIMIT}, or what two equal populations of this size show by chance"
DECISIONS_LIMIT = "one decision per customer, no action at a loss, holdout share within chance of its target"


def _match(found: pa.ChunkedArray, customers: pa.ChunkedArray, what: str) -> tuple[list[str], dict[str, int]]:
    """What keeps ``found`` from naming each customer exactly once."""
    found, customers = found.cast(pa.string()), customers.cast(pa.string())
    if len(customers) == 0 or len(found) == 0:
        raise EvidenceError(f"{len(found)} {what} for {len(customers)} customers; nothing can be judged")
    counts = {
        "without an id": found.null_count,
        "repeated": len(found) - found.null_count - pc.count_distinct(found).as_py(),
        "for unknown customers": len(found) - found.null_count - _members(found.drop_null(), customers),
        "missing": len(customers) - _members(customers, found.drop_null()),
    }
    return [f"{count:,} {what} {fault}" for fault, count in counts.items() if count], counts


def _members(values: pa.ChunkedArray, among: pa.ChunkedArray) -> int:
    return int(pc.sum(pc.is_in(values, value_set=among), min_count=0).as_py())


@gate("coverage", COVERAGE_LIMIT)
def coverage(predictions: pa.Table, customers: pa.ChunkedArray) -> GateResult:
    """Each of the week's customers has exactly one prediction. The value is the share of customers with one.

    predictions: customer_id. customers: customer_id of the week's features.
    """
    faults, counts = _match(predictions["customer_id"], customers, "predictions")
    share = 1.0 - counts["missing"] / len(customers)
    if faults:
        return GateResult.failed("coverage", share, COVERAGE_LIMIT, "; ".join(faults) + "; score again", **counts)
    return GateResult.passed("coverage", share, COVERAGE_LIMIT, f"{predictions.num_rows:,} customers have a score")


def _floats(table: pa.Table, name: str) -> Floats:
    values: Floats = table[name].cast(pa.float64()).to_numpy()
    return values


def _tier_faults(probabilities: Floats, tiers: pa.ChunkedArray) -> list[str]:
    codes = pc.index_in(tiers.cast(pa.string()), value_set=pa.array(TIERS))
    if codes.null_count:
        return [f"{codes.null_count:,} risk tiers are none of {', '.join(TIERS)}"]
    places = codes.to_numpy()
    used = [place for place in range(len(TIERS)) if (places == place).any()]
    faults = []
    for low, high in pairwise(used):
        top, bottom = probabilities[places == low].max(), probabilities[places == high].min()
        if top > bottom:
            faults.append(f"a {TIERS[low]} customer has probability {top:.4f}, a {TIERS[high]} customer {bottom:.4f}")
    return faults


@gate("score_range", RANGE_LIMIT)
def score_range(predictions: pa.Table) -> GateResult:
    """Probabilities and predicted values are usable numbers. The value is the mean probability.

    predictions: churn_probability, churn_risk_tier, predicted_engagement (0-1), predicted_revenue_30d_usd,
    expected_ltv_12m_usd (not negative) and expected_remaining_weeks (0 to a year).
    """
    if predictions.num_rows == 0:
        raise EvidenceError("there are no predictions; score the week first")
    probabilities = _floats(predictions, "churn_probability")
    faults = []
    bounds = {
        "churn_probability": 1.0,
        "predicted_engagement": 1.0,
        "predicted_revenue_30d_usd": math.inf,
        "expected_ltv_12m_usd": math.inf,
        "expected_remaining_weeks": MAX_REMAINING_WEEKS,
    }
    for name, high in bounds.items():
        values = _floats(predictions, name)
        bad = int((~(np.isfinite(values) & (values >= 0.0) & (values <= high))).sum())
        if bad:
            expected = f"from 0 to {high:g}" if math.isfinite(high) else "finite and from 0"
            faults.append(f"{bad:,} values of {name} are not {expected}")
    mean = float(probabilities.mean())
    if not faults:
        if predictions.num_rows > 1 and probabilities.min() == probabilities.max():
            faults.append(
                f"all {predictions.num_rows:,} probabilities are {probabilities[0]:.6f}: the model says nothing"
            )
        faults += _tier_faults(probabilities, predictions["churn_risk_tier"])
    if faults:
        return GateResult.failed("score_range", mean, RANGE_LIMIT, "; ".join(faults))
    message = f"{predictions.num_rows:,} probabilities from {probabilities.min():.4f} to {probabilities.max():.4f}"
    return GateResult.passed("score_range", mean, RANGE_LIMIT, message)


def population_stability(current: Floats, previous: Floats, *, bins: int = PSI_BINS) -> tuple[float, int]:
    """The PSI of two samples over quantile bins of ``previous``, and the number of bins that ties leave.

    Half an observation is added to each bin, so that an empty bin gives a large index and not an infinite one.
    """
    edges = np.unique(np.quantile(previous, np.linspace(0, 1, bins + 1)[1:-1]))
    counts = [
        np.bincount(np.searchsorted(edges, sample, side="left"), minlength=edges.size + 1)
        for sample in (current, previous)
    ]
    now, before = ((count + 0.5) / (count.sum() + 0.5 * count.size) for count in counts)
    return float(((now - before) * np.log(now / before)).sum()), int(edges.size + 1)


def psi_limit(current_rows: int, previous_rows: int, bins: int) -> float:
    """The largest PSI that is not held to be a shift, for samples of these sizes."""
    chi_square = 2.0 * float(gammaincinv(max(bins - 1, 1) / 2.0, PSI_NULL_QUANTILE))
    return max(PSI_LIMIT, (1.0 / current_rows + 1.0 / previous_rows) * chi_square)


@gate("score_drift", DRIFT_LIMIT)
def score_drift(current: Scores, previous: Scores | None) -> GateResult:
    """The distribution of probabilities is last week's. The value is the population stability index.

    current, previous: churn probabilities; previous is None or empty in the first week (insufficient). Also
    insufficient where the samples are so small that chance alone reaches a major shift.
    """
    now = np.asarray(current, dtype=np.float64)
    if now.size == 0 or not np.isfinite(now).all():
        raise EvidenceError(f"{now.size} probabilities of this week, not all finite; score the week again")
    before = np.asarray([] if previous is None else previous, dtype=np.float64)
    if before.size == 0:
        return GateResult.insufficient("score_drift", None, DRIFT_LIMIT, "no scores of the week before to compare with")
    if not np.isfinite(before).all():
        raise EvidenceError("the scores of the week before are not all finite; repair or prune that week")
    psi, bins = population_stability(now, before)
    limit = psi_limit(now.size, before.size, bins)
    means = f"mean probability {now.mean():.4f}, last week {before.mean():.4f}"
    message = f"PSI {psi:.4f} over {bins} bins, limit {limit:.4f}; {means}"
    details = {"limit": limit, "bins": bins, "mean": float(now.mean()), "previous_mean": float(before.mean())}
    if psi > limit:
        remedy = "; compare the features of the two weeks before trusting the scores"
        return GateResult.failed("score_drift", psi, DRIFT_LIMIT, message + remedy, **details)
    if limit > PSI_MAX_USEFUL_LIMIT:
        message += f"; {min(now.size, before.size):,} scores are too few to show a shift"
        return GateResult.insufficient("score_drift", psi, DRIFT_LIMIT, message, **details)
    return GateResult.passed("score_drift", psi, DRIFT_LIMIT, message, **details)


@gate("decisions_complete", DECISIONS_LIMIT)
def decisions_complete(
    decisions: pa.Table, customers: pa.ChunkedArray, *, holdout_share: float = HOLDOUT_SHARE
) -> GateResult:
    """Each customer has one decision, none loses money, and the holdout has its size. The value is the holdout's share.

    decisions: customer_id, recommended_action, expected_action_value_usd, is_holdout. customers: customer_id of the
    week.
    """
    faults, _ = _match(decisions["customer_id"], customers, "decisions")
    values = _floats(decisions, "expected_action_value_usd")
    if not np.isfinite(values).all():
        faults.append(f"{int((~np.isfinite(values)).sum()):,} expected values are not finite")
    if losing := int((values < -VALUE_TOLERANCE_USD).sum()):
        faults.append(f"{losing:,} decisions have a negative expected value, the lowest {np.nanmin(values):.4f} USD")
    action = decisions["recommended_action"]
    if action.null_count or decisions["is_holdout"].null_count:
        faults.append(
            f"{action.null_count:,} actions and {decisions['is_holdout'].null_count:,} holdout flags are empty"
        )
    idle = pc.fill_null(pc.equal(action, "none"), True).to_numpy().astype(bool)
    if worthless := int((~idle & (values <= 0)).sum()):
        faults.append(f"{worthless:,} actions are recommended although they are worth nothing")
    rows = decisions.num_rows
    share = (pc.sum(decisions["is_holdout"], min_count=0).as_py() or 0) / rows
    spread = float(ndtri(1 - HOLDOUT_FALSE_ALARM / 2)) * math.sqrt(holdout_share * (1 - holdout_share) / rows)
    if abs(share - holdout_share) > spread + 0.5 / rows:
        faults.append(f"the holdout is {share:.2%} of {rows:,} customers; expected {holdout_share:.0%} ± {spread:.2%}")
    if faults:
        return GateResult.failed("decisions_complete", share, DECISIONS_LIMIT, "; ".join(faults) + "; decide again")
    message = f"{rows:,} decisions, {int((~idle).sum()):,} with an action, holdout {share:.2%}"
    return GateResult.passed("decisions_complete", share, DECISIONS_LIMIT, message)
