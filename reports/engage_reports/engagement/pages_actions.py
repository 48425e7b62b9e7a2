"""The page of recommended actions: cost, benefit, holdout."""

from reportlab.platypus import Flowable

from engage_reports.engagement import figures_model
from engage_reports.engagement.facts import Facts, holdout
from engage_reports.frames import ratio
from engage_reports.house_words import words
from engage_reports.kit.blocks import Chart, Column, section, table, text
from engage_reports.wording import brief, count, decimal, pct, plain, plural, shortened, usd

INITIATIVES_SHOWN = 9


def actions(facts: Facts) -> list[Flowable]:
    """Actions with cost, benefit and holdout."""
    week = facts.headline
    if not facts.actions:
        return [
            *section("Recommended actions", "No action pays for itself this week"),
            text("For no customer is the expected value of an action above its cost, so the action list is empty."),
        ]
    best, (held, share) = facts.actions[0], holdout(facts)
    total = sum(action.value_usd for action in facts.actions)
    story = section(
        "Recommended actions",
        f"{brief(best.name)} carries {pct(ratio(best.value_usd, total), 0)} of the expected value",
    )
    story.append(
        Chart(
            "actions",
            f"{plural(week.actions, 'action')}, cost {usd(week.action_cost_usd)}, expected value "
            f"{usd(week.expected_action_value_usd)} after cost",
            f"{words().currency} for this week's action list. The effects are planning assumptions of the action "
            "catalogue. Source: analytics.recommended_actions.",
            figures_model.actions(facts.actions, min(220.0, 62.0 + 25.0 * len(facts.actions))),
        )
    )
    heads = ("Contacted", "Holdout", "Cost", "Value after cost", f"Value per {words().sign}1", "Mean churn")
    columns = [Column("Action", 3.2), Column("Channel", 1.3), *(Column(head, 1.4, "right") for head in heads)]
    body = [
        [
            shortened(action.name, 60),
            plain(action.channel),
            count(action.contacted),
            count(action.holdout),
            usd(action.cost_usd),
            usd(action.value_usd),
            "no cost" if action.value_per_dollar is None else f"{words().sign}{decimal(action.value_per_dollar)}",
            pct(action.churn_probability),
        ]
        for action in facts.actions
    ]
    closing = (
        f"The holdout of {plural(held, 'customer')} ({pct(share)} of those with an action) is not contacted; the "
        "difference in churn between the two groups is the measured effect."
    )
    return [
        *story,
        *table(columns, body, "Holdout: customers with the same recommendation who are not contacted."),
        text(closing),
    ]


def initiatives(facts: Facts) -> list[Flowable]:
    """Action and segment, ranked by what they are expected to be worth: computed from the week's list."""
    if not facts.initiatives:
        return [
            *section("Initiatives", "No initiative pays for itself this week", new_page=False),
            text("Initiatives not available: the action list is empty, so there is nothing to rank."),
        ]
    best, shown = facts.initiatives[0], facts.initiatives[:INITIATIVES_SHOWN]
    value, saved = sum(each.value_usd for each in facts.initiatives), sum(each.saved for each in facts.initiatives)
    heads = ("Contacts", "Would leave", "Kept", "Cost", "Value after cost", "At half the effect", "Breaks even at")
    columns = [Column("", 0.4, "right"), Column("Initiative", 3.8), *(Column(head, 1.2, "right") for head in heads)]
    body = [
        [
            str(place),
            f"{shortened(each.action, 40)}: {shortened(each.segment, 40)}",
            count(each.customers),
            count(each.leavers),
            count(each.saved),
            usd(each.cost_usd),
            usd(each.value_usd),
            usd(each.value_at_half_effect),
            pct(each.break_even, 0),
        ]
        for place, each in enumerate(shown, start=1)
    ]
    facts.ledger.know(" ".join(row[0] for row in body))
    caption = (
        "One action for one segment, of this week's list (holdout left out). Kept: churn probability x assumed effect, "
        "summed. Breaks even at: the share of the assumed effect that pays for the cost. Source: analytics.initiatives."
    )
    return [
        *section(
            "Initiatives",
            f"{brief(best.action)} for {brief(best.segment)} comes first: {pct(ratio(best.value_usd, value), 0)} of "
            f"the value, {count(best.saved)} of {count(saved)} customers kept",
            new_page=False,
            room=190.0,
        ),
        *table(columns, body, caption),
    ]
