"""The model card: what the churn model is for, made of, how fair, what mitigation costs, what a person overrode."""

from collections.abc import Callable

from reportlab.platypus import Flowable

from engage_reports.engagement.evidence import FairnessGroup
from engage_reports.engagement.facts import Facts
from engage_reports.engagement.pages_fairness import GROUPS, JUDGED
from engage_reports.house_words import words
from engage_reports.kit.blocks import Column, bullets, section, table, text
from engage_reports.wording import brief, count, decimal, listed, pct, plain, plural, points, signed, usd

USE = (
    "Use: ranks customers by the probability of leaving, with reasons, to decide whom to contact with which offer. Not "
    "for decisions about prices, credit, moderation or access."
)


def model_card(facts: Facts) -> list[Flowable]:
    """The card of the churn model that scored the week."""
    judged = [group for group in facts.fairness if group.state in JUDGED]
    points_ = [USE, _data(facts), _verdict(facts, judged), *_gaps(judged), _overrides(facts)]
    return [
        *section("Model card", "What the churn model is for, and where it is least right", new_page=False, room=250.0),
        *bullets(points_),
        *_mitigation(facts),
    ]


def _data(facts: Facts) -> str:
    made = facts.card.training
    if made is None:
        return "Data: not available, the version's record of its training was not handed over."
    return (
        f"Data: {count(made.rows)} rows of earlier weeks to learn from; judged on {count(made.validation)} other "
        f"customers of a later week, {count(made.active)} of them active, of whom {pct(made.churn_rate)} left. "
        f"{count(made.features)} features; age band, gender and location are not among them."
    )


def _verdict(facts: Facts, judged: list[FairnessGroup]) -> str:
    few = facts.counted(len(facts.fairness) - len(judged), f"{GROUPS}: not judged")
    failed = [_named(group) for group in judged if group.state == "failed"]
    verdict = (
        f"proven to be treated unlike the others: {listed(failed)}" if failed else "none is proven unlike the rest"
    )
    return (
        f"Fairness: of {plural(facts.counted(facts.fairness, GROUPS), 'group')}, {count(few)} too small or too near "
        f"the limit to tell; {verdict}."
    )


def _gaps(judged: list[FairnessGroup]) -> list[str]:
    """The widest differences, with their intervals."""
    found = []
    # Not `or 0.0`: a gap of zero is a figure of the facts, and a plain zero is none.
    if selected := [(group.ratio, group) for group in judged if group.ratio is not None]:
        ratio, low = min(selected, key=lambda pair: pair[0])
        found.append(
            f"Selected most unlike the rest: {_named(low)}, selection-rate ratio {decimal(ratio)}, "
            "where 1 is as often as all"
            f"{_between(low.ratio_lower, low.ratio_upper, decimal)}."
        )
    if erring := [
        (group.error_gap, group.gap_upper, group)
        for group in judged
        if group.error_gap is not None and group.gap_upper is not None
    ]:
        gap, upper, wide = max(erring, key=lambda found: found[0])
        found.append(
            f"Error rates differ most: {_named(wide)}, {points(gap, signed=False)} from the rates of all "
            f"(at most {points(upper, signed=False)} with 95% confidence)."
        )
    if off := [(group.calibration_gap, group) for group in judged if group.calibration_gap is not None]:
        gap, worst = max(off, key=lambda pair: abs(pair[0]))
        found.append(
            f"Probabilities are least right: {_named(worst)}, {points(abs(gap), signed=False)} "
            f"{'more' if gap > 0 else 'fewer'} left than predicted"
            f"{_between(worst.calibration_lower, worst.calibration_upper, points)}."
        )
    return found


def _between(lower: float | None, upper: float | None, write: Callable[[float], str]) -> str:
    if lower is None or upper is None:
        return ""
    return f" (95% interval {write(lower)} to {write(upper)})"


def _named(group: FairnessGroup) -> str:
    return f"{brief(group.group)} ({plain(group.attribute).lower()})"


def _overrides(facts: Facts) -> str:
    overridden = [f"{gate.gate} ({gate.message})" for gate in facts.gates if gate.state == "overridden"]
    return f"Overridden by hand: {listed(overridden)}." if overridden else "Overridden by hand: no gate of this week."


def _mitigation(facts: Facts) -> list[Flowable]:
    if not facts.card.mitigation:
        return [text("The price of mitigation is not available: none was measured for this version.")]
    columns = [Column("Mitigation", 3.6), Column("Attribute", 2)]
    columns += [Column(head, 1.6, "right") for head in ("AUC", "Leavers reached", "Revenue reached", "Smallest ratio")]
    body = [
        [
            each.name,
            plain(each.attribute),
            signed(each.auc, 4),
            signed(each.leavers, 0),
            f"{'+' if each.revenue_usd > 0 else ''}{usd(each.revenue_usd)}",
            signed(each.ratio, 2),
        ]
        for each in facts.card.mitigation
    ]
    caption = (
        "What each would change: the AUC; for the selected tenth of the validation week the leavers reached, their "
        f"revenue{words().over('of')} ({words().currency}), the smallest selection-rate ratio. Source: the version's "
        "evidence."
    )
    return table(columns, body, caption)
