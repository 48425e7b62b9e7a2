"""The last pages: what changed since the last published week, what the checks said, how the figures are made."""

from reportlab.platypus import Flowable

from engage_reports.engagement.facts import Facts
from engage_reports.engagement.pages_model import scorecard
from engage_reports.engagement.pages_watch import watched
from engage_reports.frames import NotAvailable, ratio
from engage_reports.house_words import NO_ACTIVITY, words
from engage_reports.kit.blocks import Column, bullets, section, table, text
from engage_reports.wording import change, count, day, decimal, listed, pct, plain, plural, points, usd

GATES = "monitoring.gate_results"
CHANGES_ROOM = 260.0
"""Points that the table of changes and its heading take: it is not torn apart."""


def changes(facts: Facts) -> list[Flowable]:
    """This week against the last published one."""
    previous = facts.previous
    if isinstance(previous, NotAvailable):
        story = section("Changes", "There is no earlier week to compare with", new_page=False)
        story.append(text(f"Changes are not available: {previous.why}. They appear from the second published week on."))
    else:
        rate = facts.headline.active_churn_rate - previous.headline.active_churn_rate
        direction = "rose" if rate > 0 else "fell" if rate < 0 else "did not change"
        amount = f" by {points(abs(rate), signed=False)}" if rate else ""
        story = section(
            "Changes",
            f"Expected churn of active customers {direction}{amount} since {day(previous.week)}",
            new_page=False,
            room=CHANGES_ROOM,
        )
        story += _change_table(facts)
    return story


def checks(facts: Facts) -> list[Flowable]:
    """Drift of the scores, gates, rows."""
    passed = facts.counted(sum(gate.state == "passed" for gate in facts.gates), f"{GATES}: passed")
    takeaway = (
        f"{count(passed)} of {plural(facts.counted(facts.gates, GATES), 'gate')} passed"
        if facts.gates
        else "Gate results are not available"
    )
    return [
        *section("Models and checks", takeaway),
        *scorecard(facts),
        text("Are the scores still comparable?", "heading"),
        text(_drift(facts)),
        *_gates(facts),
        *_rows(facts),
        *watched(facts),
    ]


def method(facts: Facts) -> list[Flowable]:
    """Definitions and limits."""
    return [
        *section("Method and limits", "How the figures are made, and what they do not say", new_page=False),
        *bullets(
            [
                words().churn_means,
                _active(),
                f"{ltv_formula()} Value at risk = churn probability x lifetime value. Revenue at risk is counted in "
                f"{words().currency}{words().over('of')}.",
                "Validation is out of time and out of customer: the validation week is later than the training "
                "weeks and no customer is in both.",
                "The interval of the expected leavers reaches from the prediction to what the validation week's "
                "observed-to-predicted ratio, with its sampling error, would make of it. It does not cover a change "
                "of behaviour since then.",
                "Reasons are exact Shapley values of the churn model in log-odds, less the mean of customers of the "
                "same kind, summed by theme. They explain the prediction; they are not proof of cause.",
                "Expected value of an action = churn probability x assumed effect x lifetime value - cost. The "
                "effects are planning assumptions, so no interval is given; the holdout group exists to measure "
                "them.",
                "Age band, gender and location are never inputs of a model; they serve the audit only.",
                f"Models: {_versions(facts) or 'not available: the scorecard is empty'}.",
            ]
        ),
    ]


def _active() -> str:
    if not words().knows_days:
        return f"Active: every account; {NO_ACTIVITY}. Every account is scored."
    return (
        f"Active: any activity in the {words().span} before the week's end. Every account is scored; the model is "
        "judged on the active ones, the hard cases."
    )


def ltv_formula() -> str:
    """How the lifetime value is computed, in the terms of engage_ml.value."""
    silent = f"not silent for {words().span}, " if words().knows_days else ""
    return (
        "Lifetime value of 12 months = sum over months m = 1 to 12 of R x E_m / (1 + d)^((m - 0.5) / 12), with R the "
        f"predicted revenue of a calendar month, E_m the share of such customers that still earns it ({silent}from "
        "the weekly survival curve and the returns; with too little history the churn probability"
        f"{words().over('of')}, held constant) and d the yearly discount rate of engage_ml.value."
    )


def _versions(facts: Facts) -> str:
    """The models by their version; those of one version share its name."""
    models: dict[str, set[str]] = {}
    for metric in facts.scorecard:
        models.setdefault(metric.version, set()).add(metric.model)
    return "; ".join(f"{listed(sorted(names))} {version}" for version, names in sorted(models.items()))


def _change_table(facts: Facts) -> list[Flowable]:
    assert not isinstance(facts.previous, NotAvailable)
    now, then = facts.headline, facts.previous.headline
    activity = (
        ("Daily actives", now.daily_active_users, then.daily_active_users, count),
        ("Mean engagement score (0 to 1)", now.mean_engagement_score, then.mean_engagement_score, decimal),
    )
    lines = (
        ("Customers", now.customers, then.customers, count),
        (f"Active{words().over('in')}", now.active_customers_30d, then.active_customers_30d, count),
        *(activity if words().knows_days else ()),
        ("New customers", now.new_customers, then.new_customers, count),
        (f"Revenue{words().over(',')}", now.revenue_30d_usd, then.revenue_30d_usd, usd),
        ("Expected leavers, active customers", now.expected_leavers_active, then.expected_leavers_active, count),
        ("Expected churn, active customers", now.active_churn_rate, then.active_churn_rate, pct),
        ("High-risk customers", now.high_risk_customers, then.high_risk_customers, count),
        (f"Revenue at risk{words().over(',')}", now.revenue_at_risk_usd, then.revenue_at_risk_usd, usd),
        ("Actions", now.actions, then.actions, count),
        ("Expected action value, after cost", now.expected_action_value_usd, then.expected_action_value_usd, usd),
    )
    body = [
        [name, write(before), write(after), change(ratio(after - before, abs(before))) if before else "from zero"]
        for name, after, before, write in lines
    ]
    columns = [
        Column("", 4),
        Column(f"Week of {facts.previous.week.isoformat()}", 2, "right"),
        Column(f"Week of {facts.week.isoformat()}", 2, "right"),
        Column("Relative change", 2, "right"),
    ]
    return table(columns, body, "Source: analytics.weekly_summary, history.weekly_summary.")


def _drift(facts: Facts) -> str:
    if isinstance(facts.drift, NotAvailable):
        return f"Drift of the scores not available: {facts.drift.why}."
    return (
        f"Population stability index against {day(facts.drift.previous_week)}: {decimal(facts.drift.psi, 4)} (0 "
        f"means the same distribution). Mean churn probability {pct(facts.drift.mean_probability, 2)}, then "
        f"{pct(facts.drift.previous_mean_probability, 2)}."
    )


def _gates(facts: Facts) -> list[Flowable]:
    if not facts.gates:
        return [text("Gates", "heading"), text("Not available: no gate result is recorded for this run.")]
    states = {
        state: facts.counted(sum(gate.state == state for gate in facts.gates), f"{GATES}: {state}")
        for state in ("passed", "failed", "insufficient")
    }
    heading = (
        f"Gates: {count(states['passed'])} of {count(facts.counted(facts.gates, GATES))} passed, "
        f"{count(states['failed'])} failed, {count(states['insufficient'])} with too few rows to tell"
    )
    others = [gate for gate in facts.gates if gate.state != "passed"]
    if not others:
        return [text(heading, "heading")]
    columns = [Column("Gate", 2.2), Column("State", 1.2), Column("Limit", 2.6), Column("Finding", 4)]
    body = [[gate.gate, gate.state, gate.limit, gate.message] for gate in others]
    return [
        text(heading, "heading"),
        *table(columns, body, "Verdicts other than passed. Source: monitoring.gate_results."),
    ]


def _rows(facts: Facts) -> list[Flowable]:
    if not facts.accounting:
        return [text("Rows", "heading"), text("Not available: no row accounting is recorded for this week.")]
    rows_in = sum(each.rows_in for each in facts.accounting)
    refused = sum(each.quarantined for each in facts.accounting)
    columns = [Column("Source table", 3), *(Column(c, 2, "right") for c in ("Rows in", "Kept", "Quarantined", "Share"))]
    body = [
        [plain(a.table), count(a.rows_in), count(a.kept), count(a.quarantined), pct(a.quarantined_share, 2)]
        for a in facts.accounting
    ]
    heading = f"{count(refused)} of {count(rows_in)} source rows ({pct(ratio(refused, rows_in), 2)}) were quarantined"
    return [text(heading, "heading"), *table(columns, body, "Source: monitoring.row_accounting.")]
