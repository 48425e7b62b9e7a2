"""Pages about segments, revenue and retention."""

from reportlab.platypus import Flowable

from engage_reports.engagement import figures_week
from engage_reports.engagement.facts import Facts
from engage_reports.frames import ratio, weighted_mean
from engage_reports.house_words import NO_ACTIVITY, words
from engage_reports.kit.blocks import Chart, Column, section, table, text
from engage_reports.wording import brief, count, day, pct, plural, points, shortened, usd


def segments(facts: Facts) -> list[Flowable]:
    """The bubble chart and its key."""
    if not facts.segments:
        return [*section("Segments", "Segments are not available"), text("Not available: no segment holds customers.")]
    first = facts.segments[0]
    total = sum(segment.value_at_risk_usd for segment in facts.segments)
    story = section(
        "Segments",
        f"{brief(first.name)}: {pct(first.customer_share, 0)} of the customers, "
        f"{pct(ratio(first.value_at_risk_usd, total), 0)} of the value at risk",
    )
    across = "engagement" if words().knows_days else "value"
    steady = min(facts.segments, key=lambda segment: segment.churn_probability)
    story.append(
        Chart(
            "segments",
            f"{brief(steady.name)} stay ({pct(steady.churn_probability)} churn); {across} and risk by segment",
            "Area: customers. Numbers: rows of the table below, ordered by value at risk. Source: analytics.segments.",
            figures_week.segment_bubbles(facts.segments, 228),
        )
    )
    score = ", engagement (0 to 1)" if words().knows_days else ""
    heads = (
        "Customers",
        f"Churn{words().over(',')}",
        *(("Engagement",) if words().knows_days else ()),
        f"Revenue{words().over(',')}",
        "LTV, 12 months",
        "Value at risk",
    )
    columns = [Column("", 0.5, "right"), Column("Segment", 3), *(Column(head, 1.6, "right") for head in heads)]
    body = [
        [
            str(place),
            shortened(segment.name, 60),
            f"{count(segment.customers)} ({pct(segment.customer_share, 0)})",
            pct(segment.churn_probability),
            *([f"{segment.engagement_score:.2f}"] if words().knows_days else []),
            usd(segment.revenue_30d_usd),
            usd(segment.ltv_usd),
            usd(segment.value_at_risk_usd),
        ]
        for place, segment in enumerate(facts.segments, start=1)
    ]
    return [
        *story,
        *table(columns, body, f"Means per customer for churn{score} and LTV; totals otherwise."),
    ]


def revenue(facts: Facts) -> list[Flowable]:
    """Revenue concentration."""
    if not facts.deciles:
        story = section("Revenue", "Revenue concentration is not available", new_page=False)
        return [*story, text("Not available: no revenue rows.")]
    top = facts.deciles[0]
    return [
        *section(
            "Revenue",
            f"The top tenth of the customers brings {pct(top.revenue_share, 0)} of the revenue",
            new_page=False,
            room=260.0,
        ),
        Chart(
            "concentration",
            f"{usd(top.revenue_at_risk_usd)} of the top tenth's revenue is at risk; its mean churn is "
            f"{pct(top.churn_probability)}",
            f"Share of revenue{words().over('of')} ({words().currency}) by tenth of customers, and the total (%). "
            "Source: analytics.revenue_concentration.",
            figures_week.concentration(facts.deciles, 158),
        ),
    ]


def _weeks(facts: Facts) -> list[Flowable]:
    if len(facts.history) < 2:
        return [text("Development over the weeks not available: this is the first published week.")]
    (first, then), (_, now) = facts.history[0], facts.history[-1]
    moved = now.active_churn_rate - then.active_churn_rate
    return [
        Chart(
            "weeks",
            f"Expected churn of active customers: {points(moved)} since {day(first)}, over "
            f"{plural(facts.counted(facts.history, 'history.weekly_summary'), 'published week')}",
            f"Published weeks only: customers, share (%), {words().currency}. The axes do not start at zero. Source: "
            "history.weekly_summary.",
            figures_week.weeks(facts.history, 150),
        )
    ]


def retention(facts: Facts) -> list[Flowable]:
    found = facts.retention
    if not found.cohorts or not words().knows_days:
        why = "no cohort has been observed yet" if words().knows_days else NO_ACTIVITY
        return [
            *section("Retention", "Retention is not available", new_page=words().knows_days, room=70.0),
            text(f"Not available: {why}."),
            *(_weeks(facts) if words().knows_days or len(facts.history) > 1 else []),
        ]
    last = [
        (name, rates[-1], size) for name, rates, size in zip(found.cohorts, found.rates, found.customers, strict=True)
    ]
    seen = [(name, rate, size) for name, rate, size in last if rate is not None]
    mean = weighted_mean([rate for _, rate, _ in seen], [size for _, _, size in seen])
    low = min(seen, key=lambda each: each[1], default=("", 0.0, 0.0))
    return [
        *section("Retention", f"{pct(mean)} of the customers of all cohorts were active in the last week"),
        Chart(
            "retention",
            f"Lowest in the last week: customers who signed up {low[0]}, with {pct(low[1])}",
            "Share (%) of each sign-up cohort (customers in brackets) with any activity in the week. Source: "
            "analytics.cohort_retention.",
            figures_week.retention_map(
                found, min(360.0 if len(facts.history) > 1 else 520.0, 70.0 + 29.0 * len(found.cohorts))
            ),
        ),
        *_weeks(facts),
    ]
