"""The page about the model: quality in plain words, what contacting the riskiest finds, the scorecard."""

from reportlab.platypus import Flowable

from engage_reports.engagement import figures_model
from engage_reports.engagement.evidence import Contacting, Metric
from engage_reports.engagement.facts import Facts
from engage_reports.frames import NotAvailable, ratio
from engage_reports.house_words import words
from engage_reports.kit.blocks import Chart, Column, section, table, text
from engage_reports.wording import between, count, decimal, pct, plain, plural, usd

LARGEST_SHARE = 0.5
"""Contacting more than this share of the customers is not a choice anybody considers."""

MEANINGS = {
    "auc": "AUC: chance that a leaver ranks above a stayer (1 is perfect)",
    "pr_auc": "PR-AUC: precision averaged over all thresholds",
    "log_loss": "Log loss: mean surprise (lower is better)",
    "brier": "Brier score: mean squared error (lower is better)",
    "expected_calibration_error": "Calibration error: mean gap of predicted and observed share",
    "calibration_slope": "Calibration slope: 1 is neither too bold nor too timid",
    "calibration_intercept": "Calibration intercept: 0 is the right level",
    "r2": "R²: share of the variation that is predicted",
    "mae": "Mean absolute error",
    "predicted_over_observed": "Predicted total / observed total (1 is right)",
    "flagged_share": "Share of customers flagged as unusual",
    "explained_variance_share": "Share of the variance that the segments explain",
}
"""What a metric means to a reader. A metric that is not listed is printed by its name."""

LEFT_OUT = {"rmse", "smallest_segment_share", "largest_segment_share"}
"""Said by another line of the scorecard or by the segments' own page."""


def quality(facts: Facts) -> list[Flowable]:
    """Reliability, ranking, scorecard."""
    tenth = min(facts.contacting, key=lambda each: abs(each.share - 0.1), default=None)
    if tenth is None or not facts.reliability:
        story = section("Model quality", "Evidence on the validation week is not available")
        return [
            *story,
            text("Not available: the validation week has too few customers for reliability and lift."),
            *_reach_table(facts),
        ]
    story = section(
        "Model quality",
        f"Contacting the riskiest {pct(tenth.share, 0)} reaches {pct(tenth.recall, 0)} of those who leave",
    )
    predicted = ratio(
        sum(b.predicted * b.customers for b in facts.reliability), sum(b.customers for b in facts.reliability)
    )
    observed = ratio(
        sum(b.observed * b.customers for b in facts.reliability), sum(b.customers for b in facts.reliability)
    )
    bins = plural(facts.counted(facts.reliability, "analytics.reliability"), "bin")
    inside = facts.counted(
        sum(b.lower <= b.predicted <= b.upper for b in facts.reliability), "analytics.reliability: within the interval"
    )
    story.append(
        Chart(
            "quality",
            f"Predicted {pct(predicted)}, observed {pct(observed)}: {count(inside)} of "
            f"{bins} hold the prediction in their interval",
            "Left: customers of the validation week in bins of similar probability, 95% intervals; dotted: perfect. "
            "Right: share of all leavers found when the riskiest are contacted first; dotted: random order. "
            "Sources: analytics.reliability, lift.",
            figures_model.quality(facts.reliability, facts.contacting, 200),
        )
    )
    return [*story, *_contact_table(facts.contacting), *_reach_table(facts)]


def _contact_table(found: tuple[Contacting, ...]) -> list[Flowable]:
    heads = (
        "Customers",
        "Expected leavers",
        "Left",
        "False alarms",
        "Of those contacted, leave",
        "Of leavers, reached",
        "Better than random",
    )
    columns = [Column("Contact the riskiest", 1.6), *(Column(head, 1.5, "right") for head in heads)]
    body = [
        [
            pct(each.share, 0 if each.share >= 0.01 else 1),
            count(each.customers),
            count(each.leavers),
            count(each.customers * each.precision),
            count(each.false_alarms),
            pct(each.precision),
            pct(each.recall),
            f"{decimal(each.lift, 1)} times",
        ]
        for each in found
        if each.share <= LARGEST_SHARE
    ]
    return table(columns, body, "Counted on the customers of the validation week. Source: analytics.lift.")


def _reach_table(facts: Facts) -> list[Flowable]:
    """What contacting the riskiest of this week would mean, in people and money."""
    title = "This week: whom to contact, what is at stake"
    if not facts.reach:
        return [text(title, "heading"), text("Not available: no active customer was scored this week.")]
    week = facts.headline
    cost_each = ratio(week.action_cost_usd, week.actions)
    heads = ("Customers", "Expected leavers", "False alarms", "Value at risk", "Cost", "Effect that pays")
    columns = [Column("Contact the riskiest", 1.6), *(Column(head, 1.5, "right") for head in heads)]
    body = [
        [
            pct(each.share, 0),
            count(each.customers),
            count(each.leavers),
            count(each.false_alarms),
            usd(each.value_at_risk_usd),
            usd(each.customers * cost_each),
            pct(ratio(each.customers * cost_each, each.value_at_risk_usd), 1),
        ]
        for each in facts.reach
    ]
    caption = (
        "Active customers of this week. Value at risk: churn probability x lifetime value of 12 months. Cost: this "
        f"week's mean cost of an action ({usd(cost_each)}) for each. Effect that pays: the relative reduction of churn "
        "at which the contact pays for itself. Source: analytics.contact_list."
    )
    return [text(title, "heading"), *table(columns, body, caption)]


def scorecard(facts: Facts) -> list[Flowable]:
    """The models one by one, on customers and weeks that they have not seen."""
    if not facts.scorecard:
        return [text("Scorecard", "heading"), text("Not available: the models have no scorecard for this run.")]
    columns = [Column("Model", 1.3), Column("Customers", 1.3), Column("Metric", 5.2), Column("Value", 0.9, "right")]
    columns.append(Column("95% interval", 1.7, "right"))
    body = [[plain(m.model), m.population, _meaning(m), _value(m.value), _interval(m)] for m in _shown(facts)]
    interval = facts.leavers
    note = (
        ""
        if not isinstance(interval, NotAvailable)
        else f" Interval of the expected leavers not available: {interval.why}."
    )
    return [
        text("Scorecard of the models", "heading"),
        *table(columns, body, f"Source: analytics.model_scorecard.{note}"),
    ]


def _shown(facts: Facts) -> list[Metric]:
    """The metrics on active customers, the hard cases; on all customers where a model is judged on all only.

    Where no activity is known, all engagement is 0, and a model of it says nothing.
    """
    on_active = {metric.model for metric in facts.scorecard if metric.population == "active"}
    silent = frozenset() if words().knows_days else {"engagement"}
    kept = [metric for metric in facts.scorecard if metric.name not in LEFT_OUT and metric.model not in silent]
    return [
        metric
        for metric in kept
        if metric.population == "active" or metric.model not in on_active or metric.name == "auc"
    ]


def _meaning(metric: Metric) -> str:
    return MEANINGS.get(metric.name, plain(metric.name))


def _value(value: float) -> str:
    return decimal(value, 3 if abs(value) < 100 else 0)


def _interval(metric: Metric) -> str:
    if metric.lower is None or metric.upper is None or metric.lower == metric.upper:
        return "not estimated"
    return between(_value(metric.lower), _value(metric.upper))
