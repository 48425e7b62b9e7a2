"""The page of recommended actions: cost, benefit, holdout."""

from reportlab.platypus import Flowable

from engage_reports.engagement import figures_model
from engage_reports.engagement.facts import Facts, holdout
from engage_reports.frames import ratio
from engage_reports.kit.blocks import Chart, Column, section, table, text
from engage_reports.wording import brief, count, decimal, pct, plain, plural, shortened, usd


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
            "USD for this week's action list. The effects are planning assumptions of the action catalogue. Source: "
            "analytics.recommended_actions.",
            figures_model.actions(facts.actions, min(240.0, 66.0 + 32.0 * len(facts.actions))),
        )
    )
    heads = ("Contacted", "Holdout", "Cost", "Value after cost", "Value per $1", "Mean churn")
    columns = [Column("Action", 3.2), Column("Channel", 1.3), *(Column(head, 1.4, "right") for head in heads)]
    body = [
        [
            shortened(action.name, 60),
            plain(action.channel),
            count(action.contacted),
            count(action.holdout),
            usd(action.cost_usd),
            usd(action.value_usd),
            "no cost" if action.value_per_dollar is None else f"${decimal(action.value_per_dollar)}",
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
