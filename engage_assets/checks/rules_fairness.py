"""The fairness gate on a trained model: does it select some groups of customers, or err about them, unlike others.

The rows come from fairlearn over gender, age band, location and gender x age band, with bootstrap intervals. The
sensitive attributes are not inputs, and the outcome itself may differ between groups; so a breach must be proven, not
merely estimated: with some 60 groups a point estimate below the limit turns up every week by chance.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from engage_assets.checks.result import EvidenceError, GateResult, gate, number

# The four-fifths rule of the US EEOC guidelines (29 CFR 1607.4 D), also fairlearn's usual reference.
MIN_SELECTION_RATIO = 0.8

# True and false positive rates that differ by more than a tenth are visible to the customers of a group. The programs
# that write the rows prove it with the interval of the gap and say so in ``state``.
MAX_ODDS_GAP = 0.1

# Half of the usual churn rate: a group whose probabilities are that far off gets offers by another measure than others.
MAX_CALIBRATION_GAP = 0.05

ATTRIBUTES = ("gender", "age_band", "location", "gender_x_age_band")

FAIRNESS_LIMIT = (
    f"no group with a selection rate ratio proven below {MIN_SELECTION_RATIO}, "
    f"nor an equalised-odds gap proven above {MAX_ODDS_GAP}, nor probabilities proven off by more than "
    f"{MAX_CALIBRATION_GAP}"
)


def _fault(row: Mapping[str, Any]) -> str | None:
    """What is wrong with a group that has enough rows; None when nothing is."""
    ratio, upper = number(row, "selection_rate_ratio"), number(row, "ratio_upper")
    gap = max(abs(number(row, "tpr_gap")), abs(number(row, "fpr_gap")))
    group = f"{row['attribute']} {row['group_name']}"
    if upper < MIN_SELECTION_RATIO:
        return f"{group} has the selection rate ratio {ratio:.3f}, at most {upper:.3f}"
    if row["state"] == "failed":
        calibration = row.get("calibration_gap")
        off = "" if calibration is None else f" and the calibration gap {float(calibration):+.3f}"
        return f"{group} has the selection rate ratio {ratio:.3f}, the equalised-odds gap {gap:.3f}{off}"
    return None


@gate("fairness", FAIRNESS_LIMIT)
def fairness(evidence: Mapping[str, Any], *, attributes: Iterable[str] = ATTRIBUTES) -> GateResult:
    """No group is proven to be treated unlike the others.

    evidence: its ``fairness`` holds the rows of the fairness table. A group fails when its row says so, or when the
    upper limit of its ratio is below ``MIN_SELECTION_RATIO``. Groups that are insufficient are left out; when all
    are, so is the gate. Each of ``attributes`` must occur, else failed. The value is the smallest selection rate
    ratio judged.
    """
    judged = list(evidence.get("fairness") or [])
    if not judged:
        raise EvidenceError("the evidence has no fairness rows; audit the model before it is used")
    if absent := sorted(set(attributes) - {str(row.get("attribute")) for row in judged}):
        raise EvidenceError(f"no fairness rows for {', '.join(absent)}; audit every attribute")
    if unknown := {str(row.get("state")) for row in judged} - {"passed", "failed", "insufficient"}:
        raise EvidenceError(
            f"fairness rows have the states {', '.join(sorted(unknown))}; expected passed, failed, insufficient"
        )
    sufficient = [row for row in judged if row["state"] != "insufficient"]
    if not sufficient:
        message = f"all {len(judged)} groups are too small to judge; use more customers"
        return GateResult.insufficient("fairness", None, FAIRNESS_LIMIT, message)
    faults = [fault for row in sufficient if (fault := _fault(row))]
    worst = min(number(row, "selection_rate_ratio") for row in sufficient)
    left_out = len(judged) - len(sufficient)
    if faults:
        message = "; ".join(faults) + "; find the features that stand in for the attribute"
        return GateResult.failed("fairness", worst, FAIRNESS_LIMIT, message, groups=len(sufficient), faults=faults)
    message = f"{len(sufficient)} groups judged, {left_out} too small; smallest selection rate ratio {worst:.3f}"
    return GateResult.passed("fairness", worst, FAIRNESS_LIMIT, message, groups=len(sufficient), too_small=left_out)
