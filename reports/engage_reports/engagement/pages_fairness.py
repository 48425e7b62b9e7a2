"""The fairness page: selection rates and offers by group."""

from reportlab.platypus import Flowable

from engage_reports.engagement import figures_model
from engage_reports.engagement.evidence import FairnessGroup
from engage_reports.engagement.facts import Facts
from engage_reports.frames import ratio
from engage_reports.kit.blocks import Chart, Column, section, table, text
from engage_reports.wording import brief, count, decimal, pct, plain, plural, shortened

GROUPS_SHOWN = 24
GROUPS = "fairness.group_metrics"
JUDGED = {"passed", "failed"}
"""The states in which a group is large enough to tell."""


def fairness(facts: Facts) -> list[Flowable]:
    """Selection rates, error gaps and offer rates by group."""
    audited = plural(facts.counted(facts.fairness, GROUPS), "group")
    judged = [group for group in facts.fairness if group.state in JUDGED and group.ratio is not None]
    if not judged:
        return [
            *section("Fairness", "Groups are too small to judge this week"),
            text(f"Not available: {audited} audited, none with enough customers to tell."),
        ]
    lowest = min(judged, key=lambda group: group.ratio or 0.0)
    failed = [group for group in facts.fairness if group.state == "failed"]
    few = facts.counted(sum(group.state == "insufficient" for group in facts.fairness), f"{GROUPS}: insufficient")
    outcome = (
        f"{plural(facts.counted(failed, f'{GROUPS}: failed'), 'group')} outside the limit"
        if failed
        else "No group is outside the limit"
    )
    story = section(
        "Fairness",
        f"{outcome}; lowest selection-rate ratio {decimal(lowest.ratio or 0.0)} ({brief(lowest.group)}, "
        f"{plain(lowest.attribute).lower()})",
    )
    limits = [gate.limit for gate in facts.gates if "fair" in gate.gate.lower() and gate.limit]
    story.append(
        text(
            f"{audited} of gender, age band, location and gender x age band were "
            f"audited on the validation week; {count(few)} had too few customers to tell. The model does not see "
            "these attributes. "
            + (f"Limit of the gate: {limits[0]}." if limits else "The gate's limit is not recorded for this run.")
        )
    )
    shown = fairness_shown(facts)
    story.append(
        Chart(
            "fairness",
            "How often a group is selected, compared with all customers",
            "Selected: the customers with the highest risk. Ratio of selection rates, the smaller divided by the "
            "larger, with simultaneous 95% intervals; 1 is the rate of all. "
            f"{plural(facts.counted(shown, GROUPS), 'group')} shown; grey "
            "diamond: too few to tell; red diamond: failed. Source: fairness.group_metrics.",
            figures_model.fairness(shown, min(370.0, 66.0 + 15.0 * len(shown))),
        )
    )
    return [*story, *_offers(facts)]


def fairness_shown(facts: Facts) -> list[FairnessGroup]:
    """The groups of the figure, by attribute: those judged first, then those with an interval, lowest ratios first."""
    known = [group for group in facts.fairness if group.ratio is not None]
    known = [group for group in known if group.state in JUDGED or group.ratio_lower is not None]
    ranked = sorted(known, key=lambda group: (group.state not in JUDGED, group.ratio or 0.0))[:GROUPS_SHOWN]
    return sorted(ranked, key=lambda group: (group.attribute, group.ratio or 0.0))


def _offers(facts: Facts) -> list[Flowable]:
    by_attribute: dict[str, list[tuple[float, str]]] = {}
    for offer in facts.offer_rates:
        by_attribute.setdefault(offer.attribute, []).append((offer.rate, offer.group))
    if not by_attribute:
        return [text("Offers", "heading"), text("Offer rates not available: nobody was offered an action.")]
    columns = [Column("Offers by", 2), Column("Least often", 3), Column("Rate", 1, "right"), Column("Most often", 3)]
    columns += [Column("Rate", 1, "right"), Column("Ratio", 1, "right")]
    body = []
    for attribute, rates in by_attribute.items():
        (low, least), (high, most) = min(rates), max(rates)
        body.append(
            [
                plain(attribute),
                shortened(least, 40),
                pct(low),
                shortened(most, 40),
                pct(high),
                decimal(ratio(low, high)),
            ]
        )
    return [text("Who is offered an action", "heading"), *table(columns, body, "Source: fairness.offer_rates.")]
