"""Pages about customers: engagement, who leaves, why."""

from collections.abc import Sequence

from reportlab.platypus import Flowable

from engage_reports.engagement import figures_customers, figures_week
from engage_reports.engagement.facts import Facts
from engage_reports.engagement.groups import Group, Tier
from engage_reports.engagement.pages_week import raising
from engage_reports.engagement.reasons_and_actions import Driver
from engage_reports.frames import NotAvailable, ratio
from engage_reports.house_words import NO_ACTIVITY, words
from engage_reports.kit.blocks import Chart, Column, section, table, text
from engage_reports.wording import brief, change, count, day, listed, pct, plain, plural, points, shortened, usd

LOCATIONS_SHOWN = 8
RISKY_SHOWN = 9
INPUTS_SHOWN = 8
RISKY = "analytics.at_risk_customers"


def engagement(facts: Facts) -> list[Flowable]:
    """Tiers, daily actives, subscription, creators."""
    if not facts.tiers:
        return [
            *section("Engagement", "Engagement tiers are not available"),
            text("Not available: no tier holds customers."),
        ]
    week, previous = facts.headline, facts.previous
    finding, risk = _tier_findings(facts.tiers)
    story = section("Engagement", finding)
    movement = ""
    if not isinstance(previous, NotAvailable) and previous.headline.daily_active_users:
        moved = ratio(
            week.daily_active_users - previous.headline.daily_active_users, previous.headline.daily_active_users
        )
        movement = f" ({change(moved)} since {day(previous.week)})"
    daily = (
        f"{count(week.daily_active_users)} customers are active on a day{movement}, {pct(week.stickiness)} of "
        f"the {count(week.active_customers_30d)} active in {words().span}. "
    )
    score = f"The mean engagement score of all customers is {week.mean_engagement_score:.3f} on a scale from 0 to 1."
    known = f"Daily actives and engagement are not available: {NO_ACTIVITY}."
    story.append(text(f"{daily}{score}" if words().knows_days else known))
    story += _scores(facts)
    story.append(
        Chart(
            "tiers",
            risk,
            f"Left: each tier's share (%) of customers{', daily actives' if words().knows_days else ''} and revenue"
            f"{words().over('of')} "
            f"({words().currency}). Right: mean probability (%) of leaving{words().over('within')}. "
            "Source: analytics.engagement_tiers.",
            figures_customers.tier_shares(facts.tiers, 180),
        )
    )
    heads = ["Customers", "Share", *(["Daily actives"] if words().knows_days else [])]
    heads += [f"Churn{words().over(',')}", f"Revenue{words().over(',')}"]
    columns = [Column("Tier", 2), *(Column(head, 2, "right") for head in heads)]
    body = [
        [
            t.name,
            count(t.customers),
            pct(t.customer_share),
            *([count(t.daily_active_users)] if words().knows_days else []),
            pct(t.churn_probability),
            usd(t.revenue_30d_usd),
        ]
        for t in facts.tiers
    ]
    story += table(columns, body, "Source: analytics.engagement_tiers.")
    creators = _group_table("Creators", facts.creators) if len(facts.creators) != 1 else []
    return [*story, *_group_table(words().plan, facts.premium_tiers), *creators]


def _tier_findings(tiers: Sequence[Tier]) -> tuple[str, str]:
    """What the tiers show of engagement, and of risk. A single tier is all customers: it stands out from nothing."""
    held = [tier for tier in tiers if tier.customers > 0] or list(tiers)
    if len(held) == 1:
        return (
            f"All customers are in the tier {brief(held[0].name)}: the score tells no groups apart",
            f"{pct(held[0].churn_probability)} are expected to leave; there is no other tier to compare with",
        )
    top = max(held, key=lambda tier: tier.revenue_30d_usd)
    riskiest = max(held, key=lambda tier: tier.churn_probability)
    revenue = sum(tier.revenue_30d_usd for tier in held)
    return (
        f"{brief(top.name)} engagement: {pct(top.customer_share, 0)} of the customers, "
        f"{pct(ratio(top.revenue_30d_usd, revenue), 0)} of the revenue",
        f"Risk is highest in the tier {brief(riskiest.name)}: {pct(riskiest.churn_probability)} are expected to leave",
    )


def leaving(facts: Facts) -> list[Flowable]:
    """Who leaves: tenure, subscription, location, platform; the customers with the most to lose."""
    overall = facts.headline.churn_rate
    panels = leaving_panels(facts)
    if not any(group.customers > 0 for _, groups in panels for group in groups):
        return [*section("Who is leaving", "Groups of customers are not available"), text("Not available: no groups.")]
    empty = [title.lower() for title, groups in panels if not groups]
    # Of an extract without plans or places all customers are one group, which stands out from nothing.
    panels = [(title, groups) for title, groups in panels if _held(groups) > 1]
    everyone = [(title, group) for title, groups in panels for group in groups if group.customers > 0]
    if not everyone:
        finding = f"{pct(overall)} of all customers, and no groups to tell apart"
        none = "Groups are not available: the data give no tenure, plan, location or other group of customers."
        return [*section("Who is leaving", finding), text(none), *_risky_table(facts)]
    kind, riskiest = max(everyone, key=lambda pair: pair[1].churn_probability)
    story = section(
        "Who is leaving",
        f"Most at risk by {kind.lower()}: {brief(plain(riskiest.name))}, {pct(riskiest.churn_probability)} against "
        f"{pct(overall)} overall",
    )
    groups = next((each for each in (facts.locations, facts.platforms) if _held(each) > 1), ())
    largest = max(groups, key=lambda g: g.expected_leavers, default=riskiest)
    story.append(
        Chart(
            "leaving",
            f"{brief(plain(largest.name))} alone accounts for {count(largest.expected_leavers)} expected leavers",
            f"Mean probability of leaving{words().over('within')} (%), and expected leavers (customers) behind each "
            f"bar. Dotted line: all customers, {pct(overall)}; darker bars are above it. Locations: the "
            f"{LOCATIONS_SHOWN} with the most expected leavers at most. Sources: analytics.tenure_engagement, "
            "premium_vs_free, locations, platforms.",
            figures_customers.leaving(panels, overall, 320 if len(panels) > 2 else 170),
        )
    )
    if empty:
        story.append(text(f"Not available: {listed(empty)}, because the table has no customers."))
    return [*story, *_risky_table(facts)]


def _held(groups: Sequence[Group]) -> int:
    """Groups that hold customers."""
    return sum(group.customers > 0 for group in groups)


def why(facts: Facts) -> list[Flowable]:
    """The drivers, and an example of each."""
    found = raising(facts, "at_risk") or raising(facts, "all")
    if not found:
        return [
            *section("Why they leave", "There are no reasons to rank this week", new_page=False),
            text("Drivers not available: no customer has a reason that raises the risk."),
        ]
    top = found[0]
    population = {driver.theme: driver.customer_share for driver in raising(facts, "all")}
    against = (
        f", {points(top.customer_share - population[top.theme], 0)} against all customers"
        if top.theme in population
        else ""
    )
    who = "the customers at risk" if raising(facts, "at_risk") else "all customers"
    story = section(
        "Why they leave", f"{plain(top.theme)} stands behind the risk of {pct(top.customer_share, 0)} of {who}{against}"
    )
    if not raising(facts, "at_risk"):
        story.append(
            text("Customers at risk: not available, nobody is at risk this week. The figure shows all customers.")
        )
    story.append(
        Chart(
            "drivers",
            "What raises and what lowers the probability of leaving",
            "Share of customers (%) with the theme among their three strongest reasons. Source: "
            "analytics.churn_drivers.",
            figures_customers.drivers(_of(facts, "all"), _of(facts, "at_risk"), 240),
        )
    )
    columns = [
        Column("Theme", 1.9),
        Column("Customers", 1.2, "right"),
        Column("Effect (log-odds)", 1.2, "right"),
        Column("Example", 5),
    ]
    body = [
        [plain(d.theme), count(d.customers), f"{d.contribution:+.2f}", shortened(d.example, 140)] for d in found[:8]
    ]
    caption = f"Themes that raise the risk of {who}; the effect is the mean contribution to the log-odds of leaving."
    return [*story, *table(columns, body, f"{caption} Source: analytics.churn_drivers."), *_inputs(facts)]


def _inputs(facts: Facts) -> list[Flowable]:
    """What the churn model looks at most."""
    if not facts.inputs:
        return [text("Importance of the model's inputs not available: none is recorded for this run.")]
    columns = [
        Column("What the churn model looks at most", 5),
        Column("Theme", 2.4),
        Column("Share of importance", 1.6, "right"),
    ]
    body = [[each.label, plain(each.theme), pct(each.share)] for each in facts.inputs[:INPUTS_SHOWN]]
    return table(
        columns, body, "Share of the churn model's total importance over all inputs. Source: analytics.importance."
    )


def leaving_panels(facts: Facts) -> list[tuple[str, Sequence[Group]]]:
    """The four panels of the figure of who leaves."""
    return [
        ("Tenure", [group for group in facts.tenures if group.customers > 0]),
        (words().plan, [group for group in facts.premium_tiers if group.customers > 0]),
        ("Location", [group for group in facts.locations if group.customers > 0][:LOCATIONS_SHOWN]),
        (words().group, [group for group in facts.platforms if group.customers > 0]),
    ]


def _of(facts: Facts, population: str) -> list[Driver]:
    return [driver for driver in facts.drivers if driver.population == population]


def _group_table(title: str, groups: Sequence[Group]) -> list[Flowable]:
    if not groups:
        return [text(title, "heading"), text("Not available: no rows.")]
    columns = [
        Column(title, 3),
        *(
            Column(h, 2, "right")
            for h in ("Customers", f"Churn{words().over(',')}", "Expected leavers", f"Revenue{words().over(',')}")
        ),
    ]
    body = [
        [plain(g.name), count(g.customers), pct(g.churn_probability), count(g.expected_leavers), usd(g.revenue_30d_usd)]
        for g in groups
    ]
    return table(columns, body)


def _scores(facts: Facts) -> list[Flowable]:
    if not facts.score_bins or not sum(each.customers for each in facts.score_bins):
        return [text("Distribution of the scores not available: no customer was scored.")]
    total, bins = sum(each.customers for each in facts.score_bins), facts.score_bins[-1].index + 1
    upper = [each.customers for each in facts.score_bins if each.index >= bins / 2]
    source = "monitoring.score_distribution.customers"
    above = facts.ledger.derived(sum(map(float, upper)), f"sum({source}) where score_bin is in the upper half", upper)
    return [
        Chart(
            "scores",
            f"{count(above)} customers ({pct(above / total)}) are more likely to leave than to stay",
            f"Share of all scored customers (%) by probability of leaving{words().over('within')}. Source: "
            "monitoring.score_distribution.",
            figures_week.score_distribution(facts.score_bins, 132),
        )
    ]


def _risky_table(facts: Facts) -> list[Flowable]:
    if not facts.at_risk:
        return [
            text("Most value at risk", "heading"),
            text("Not available: no active customer is on the at-risk list this week."),
        ]
    shown = facts.at_risk[:RISKY_SHOWN]
    total = sum(customer.value_at_risk_usd for customer in shown)
    columns = [
        Column("", 0.5, "right"),
        Column("Customer", 1.5),
        Column("Churn", 0.9, "right"),
        Column("LTV", 1, "right"),
    ]
    columns += [Column("At risk", 1, "right"), Column("Segment", 2), Column("First reason", 3.6), Column("Action", 2.2)]
    body = [
        [
            count(customer.rank),
            shortened(customer.customer_id, 9),
            pct(customer.churn_probability, 0),
            usd(customer.ltv_usd),
            usd(customer.value_at_risk_usd),
            shortened(customer.segment, 40),
            shortened(customer.reason, 90),
            plain(customer.action),
        ]
        for customer in shown
    ]
    heading = f"The first {count(facts.counted(shown, RISKY))} customers on the at-risk list stand for {usd(total)}"
    listed_customers = plural(facts.counted(facts.at_risk, RISKY), "active customer")
    caption = f"Of {listed_customers} by value at risk. LTV: 12 months. Source: analytics.at_risk_customers."
    return [text(heading, "heading"), *table(columns, body, caption)]
