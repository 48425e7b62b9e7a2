"""The first page: the week in one look."""

from reportlab.platypus import Flowable

from engage_reports.engagement.facts import Facts, holdout
from engage_reports.engagement.reasons_and_actions import Driver
from engage_reports.frames import NotAvailable, ratio
from engage_reports.house_words import words
from engage_reports.kit import look
from engage_reports.kit.blocks import (
    Column,
    call_outs,
    panels,
    table,
    text,
    title_block,
)
from engage_reports.wording import (
    between,
    brief,
    change,
    count,
    day,
    decimal,
    pct,
    plain,
    plural,
    points,
    shortened,
    usd,
)

INITIATIVES_SHOWN = 4


def summary(facts: Facts) -> list[Flowable]:
    """What happened, why, what to do, what it is worth."""
    week = facts.headline
    return [
        *title_block("Engagement report", f"Week of {day(facts.week)}: who is leaving, why, and what to do about it"),
        text(_lead(facts), "lead"),
        call_outs(
            [
                (count(week.customers), f"customers scored{_active_share(facts)}"),
                (
                    count(week.expected_leavers_active),
                    f"{words().actives}s expected to leave{words().over('in')}{_range(facts)}",
                ),
                (
                    usd(week.revenue_at_risk_usd),
                    f"revenue{words().over('of')} at risk, {pct(week.revenue_at_risk_share)} of the total",
                ),
                (
                    usd(week.expected_action_value_usd),
                    f"expected value of {plural(week.actions, 'action')}, after cost",
                ),
            ]
        ),
        panels(
            [
                ("What happened", _happened(facts), look.BLUE),
                ("Why", _why(facts), look.VERMILLION),
                ("What to do", _to_do(facts), look.GREEN),
                ("What it is worth", _worth(facts), look.ORANGE),
            ]
        ),
        *_first(facts),
    ]


def _first(facts: Facts) -> list[Flowable]:
    """The initiatives to begin with; the page of initiatives ranks them all."""
    shown = facts.initiatives[:INITIATIVES_SHOWN]
    if not shown:
        return []
    columns = [Column("Begin with", 4.4), *(Column(h, 1.4, "right") for h in ("Contacts", "Kept", "Cost"))]
    columns.append(Column("Value after cost", 1.6, "right"))
    body = [
        [
            f"{shortened(each.action, 40)}: {shortened(each.segment, 40)}",
            count(each.customers),
            count(each.saved),
            usd(each.cost_usd),
            usd(each.value_usd),
        ]
        for each in shown
    ]
    return table(columns, body, "Ranked by expected value. Kept: customers who would have left. See Initiatives.")


def raising(facts: Facts, population: str) -> list[Driver]:
    """The themes that raise the risk in a population, most customers first."""
    return [d for d in facts.drivers if d.population == population and d.direction == "raises"]


def _lead(facts: Facts) -> str:
    week = facts.headline
    leavers = (
        f"Of {plural(week.active_customers_30d, words().actives)}, {count(week.expected_leavers_active)} "
        f"({pct(week.active_churn_rate)}) are expected to leave{words().over('within')}."
    )
    if week.actions == 0:
        return f"{leavers} {_why_no_action(facts)}"
    return (
        f"{leavers} {plural(week.actions, 'action')} for {usd(week.action_cost_usd)} are expected to be worth "
        f"{usd(week.expected_action_value_usd)} after cost."
    )


def _active_share(facts: Facts) -> str:
    """Without days that are known, everybody counts as active and the share says nothing."""
    if not words().knows_days:
        return ""
    return f", {pct(facts.headline.active_share)} active in {words().span}"


def _range(facts: Facts) -> str:
    found = facts.leavers
    return "" if isinstance(found, NotAvailable) else f" (95%: {between(count(found.lower), count(found.upper))})"


def _happened(facts: Facts) -> list[str]:
    week, previous = facts.headline, facts.previous
    at_risk = f"{count(week.high_risk_customers)} are at high risk."
    leavers = f"{count(week.expected_leavers)} of all {count(week.customers)} accounts are expected to"
    if not words().knows_days:
        lines = [f"{leavers} leave; {at_risk}"]
    else:
        lines = [
            f"{count(week.daily_active_users)} daily actives, {pct(week.stickiness)} of the customers active in "
            f"{words().span}; {plural(week.new_customers, 'new customer')}.",
            f"{leavers} be without any activity in the next {words().span}; {at_risk}",
        ]
    if isinstance(facts.leavers, NotAvailable):
        lines.append(f"Interval of the expected leavers not available: {facts.leavers.why}.")
    if isinstance(previous, NotAvailable):
        return [*lines, f"Change since last week not available: {previous.why}."]
    revenue = ratio(week.revenue_30d_usd - previous.headline.revenue_30d_usd, previous.headline.revenue_30d_usd)
    return [
        *lines,
        f"Since {day(previous.week)}: expected churn of actives "
        f"{points(week.active_churn_rate - previous.headline.active_churn_rate)}, revenue {change(revenue)}.",
    ]


def _why(facts: Facts) -> list[str]:
    themes = raising(facts, "at_risk")[:3]
    if not themes:
        return ["Not available: no customer is at risk this week, so there are no reasons to rank."]
    return [
        f"{plain(driver.theme)}: among the reasons of {pct(driver.customer_share, 0)} of the customers at high risk. "
        f"For example: {shortened(driver.example, 120)}."
        for driver in themes
    ]


def _why_no_action(facts: Facts) -> str:
    """An extract without amounts makes every action a loss, which says nothing of whom to contact."""
    if facts.headline.revenue_30d_usd == 0:
        return words().said("No revenue is known, so it cannot be told which customers are worth an action.")
    return "No action pays for itself this week."


def _to_do(facts: Facts) -> list[str]:
    week = facts.headline
    if not facts.actions or week.actions == 0:
        if facts.headline.revenue_30d_usd == 0:
            return [_why_no_action(facts)]
        return ["No action is expected to pay for its cost this week; nobody needs to be contacted."]
    best, (held, share) = facts.actions[0], holdout(facts)
    return [
        f"Send the {plural(week.actions, 'action')} of this week's list, at a cost of {usd(week.action_cost_usd)}.",
        f"Most value: {brief(best.name)} ({plain(best.channel).lower()}), {plural(best.contacted, 'customer')}, "
        f"{usd(best.value_usd)}.",
        f"Leave the holdout of {plural(held, 'customer')} ({pct(share)} of those with an action) alone: it measures "
        "the effect.",
    ]


def _worth(facts: Facts) -> list[str]:
    week = facts.headline
    lines = [
        f"{usd(week.revenue_at_risk_usd)} of {usd(week.revenue_30d_usd)} revenue{words().over('of')} is at risk, "
        f"{pct(week.revenue_at_risk_share)}."
    ]
    if facts.at_risk:
        total = sum(customer.value_at_risk_usd for customer in facts.at_risk)
        customers = plural(facts.counted(facts.at_risk, "analytics.at_risk_customers"), words().actives)
        lines.append(f"The {customers} with the most to lose hold {usd(total)} of lifetime value at risk.")
    if week.value_per_dollar is not None:
        sign = words().sign
        lines.append(f"Each {sign}1 spent is expected to return {sign}{decimal(week.value_per_dollar)} after cost.")
    return [*lines, "No interval for the value: the effects are assumptions until the holdout has been measured."]
