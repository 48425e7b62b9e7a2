"""Whether a new version replaces the champion: the gate that compares the two, and the rule that decides.

The comparison is one of non-inferiority. A weekly retraining follows the drift of behaviour, so a version that is as
good as the champion is preferred for being newer; what must be excluded is that it is worse by more than a margin.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from engage_assets.checks.result import EvidenceError, GateResult, Interval, gate, interval, number
from engage_assets.records.gate_log import Gate, GateRecord, faults_of

# PR-AUC of a loss that retention marketing would notice: among the tenth of 100,000 active customers that is contacted,
# .02 of PR-AUC is some 100 leavers fewer. The paired standard error at 100,000 customers is about .003.
MARGIN = 0.02
# A slice of 200 leavers, the smallest that is judged, has a paired standard error of about .01: a version that is
# equally good in a slice is then held up by chance in one of several hundred comparisons.
SLICE_MARGIN = 0.05

CHAMPION_LIMIT = (
    f"lower limit of the paired difference in PR-AUC above -{MARGIN}, and above -{SLICE_MARGIN} in every slice"
)

NAME = "champion_comparison"


@gate(NAME, CHAMPION_LIMIT)
def champion_comparison(comparison: Mapping[str, Any]) -> GateResult:
    """The new version is not worse than its opponent: the champion, or the baseline when there is no champion.

    The value is the lower limit of the difference in PR-AUC on the active validation customers.

    failed: proven worse (the whole interval is below 0), and the lower limit is below the margin, overall or in a
    slice. insufficient: not proven worse, but the interval reaches below the margin; or the champion has learned from
    the validation week, so that the rows are no test of it.
    """
    overall = interval(comparison, "pr_auc", "difference")
    opponent = str(comparison["opponent"])
    slices = comparison.get("slices")
    if not isinstance(slices, Sequence):
        raise EvidenceError("the comparison has no slices; train again with a program that writes them")
    judged = {
        f"{row['attribute']} {row['slice']}": interval(row, "pr_auc", "difference")
        for row in slices
        if row["pr_auc"] is not None
    }
    message = (
        f"PR-AUC {number(comparison, 'pr_auc', 'challenger'):.4f}, that of {opponent} "
        f"{number(comparison, 'pr_auc', 'opponent'):.4f}; difference {overall}; {len(judged)} slices judged"
    )
    if seen := _seen_by_opponent(comparison):
        return GateResult.insufficient(NAME, overall.lower, CHAMPION_LIMIT, f"{message}; {seen}")
    short = {name: each for name, each in judged.items() if each.lower <= -SLICE_MARGIN}
    worse = [name for name, each in short.items() if each.upper < 0]
    details = {"opponent": opponent, "slices": {name: str(each) for name, each in judged.items()}}
    if _proven_worse(overall):
        return GateResult.failed(NAME, overall.lower, CHAMPION_LIMIT, f"{message}; the champion is better", **details)
    if worse:
        where = f"{message}; worse for {', '.join(worse)}"
        return GateResult.failed(NAME, overall.lower, CHAMPION_LIMIT, where, **details)
    if overall.lower <= -MARGIN:
        few = f"{message}; {number(comparison, 'leavers'):,.0f} leavers are too few to exclude a loss"
        return GateResult.insufficient(NAME, overall.lower, CHAMPION_LIMIT, few, **details)
    if short:
        where = f"{message}; a loss cannot be excluded for {', '.join(short)}"
        return GateResult.insufficient(NAME, overall.lower, CHAMPION_LIMIT, where, **details)
    return GateResult.passed(NAME, overall.lower, CHAMPION_LIMIT, message, **details)


def already_champion(version: str) -> GateResult:
    """The verdict on a version that is the champion: the same data, parameters and code gave the same models."""
    return GateResult.passed(NAME, 0.0, CHAMPION_LIMIT, f"{version} is the champion; there is nothing to compare")


def _proven_worse(overall: Interval) -> bool:
    return overall.lower <= -MARGIN and overall.upper < 0


def _seen_by_opponent(comparison: Mapping[str, Any]) -> str:
    through = comparison.get("opponent_trained_through")
    validated = date.fromisoformat(str(comparison["validation_week"]))
    if through is not None and date.fromisoformat(str(through)) >= validated:
        return f"the champion has learned from weeks up to {through}, so week {validated} is no test of it"
    return ""


@dataclass(frozen=True)
class Decision:
    """What becomes of a trained version: the rule that decided, and why, in a sentence for people."""

    event: Literal["promoted", "kept", "refused"]
    rule: str
    reason: str

    @property
    def promotes(self) -> bool:
        """Whether the version becomes the champion."""
        return self.event == "promoted"


def decide(
    version: str,
    *,
    champion: str | None,
    records: Sequence[GateRecord],
    gates: Sequence[Gate],
    overridden: frozenset[str] = frozenset(),
    withdrawn: str = "",
) -> Decision:
    """Whether `version` becomes the champion of its week.

    First version: every gate that judges a model alone must have passed, and it must not be proven worse than the
    baseline. Later ones: every gate, the comparison with the champion included, must have passed. A version that a
    person has withdrawn (a rollback; ``withdrawn`` says why) never comes back by itself.

    The event is ``kept`` when the champion stays, ``refused`` when there is none that could.
    """
    if version == champion:
        return Decision("kept", "same version", "the version is the champion already")
    faults = faults_of(records, gates, subject=version, overridden=overridden)
    if champion is not None:
        comparison = next((each for each in records if each.gate == NAME and each.subject == version), None)
        if comparison is not None and comparison.state == "insufficient" and NAME not in overridden:
            faults.append(f"{NAME}: {comparison.state}: {comparison.message}")
    if withdrawn:
        faults.append(f"it was rolled back: {withdrawn}")
    if faults:
        return Decision(
            "refused" if champion is None else "kept", "first version" if champion is None else "challenge",
            "; ".join(faults),
        )  # fmt: skip
    if champion is None:
        return Decision("promoted", "first version", "every gate passed, and there was no champion")
    return Decision("promoted", "challenge", f"every gate passed, and it is not worse than {champion}")
