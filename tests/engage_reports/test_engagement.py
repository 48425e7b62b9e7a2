"""The engagement report: every figure follows the frames, and a frame that is honestly empty is said to be."""

import re

import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage_reports import FRAMES, ReportError
from engage_reports.binding import Ledger
from engage_reports.draft import Draft
from engage_reports.engagement.facts import engagement_facts
from engage_reports.engagement.headline import leavers_interval
from engage_reports.engagement.report import draft_engagement
from engage_reports.frames import NotAvailable, Tables
from engage_reports.house_words import Words, spoken_in
from engage_reports.kit.blocks import Chart
from tests.engage_reports.hostile_weeks import no_actions
from tests.engage_reports.published_week import RUN_ID, WEEK, published_frames
from tests.engage_reports.reading import everything, page_words, words

Frames = dict[str, pd.DataFrame]

ENGAGEMENT_FRAMES = [
    name
    for name in FRAMES
    if name not in {"monitoring.stage_usage", "history.engage_costs", "analytics.customer_cells"}
]


def draft(frames: Frames) -> Draft:
    return draft_engagement(frames, week=WEEK, run_id=RUN_ID)


def test_the_figures_of_the_summary_are_on_the_first_page(frames: Frames) -> None:
    frames["analytics.weekly_summary"]["expected_leavers_active"] = 4_321.0
    frames["analytics.weekly_summary"]["expected_action_value_usd"] = 98_765.0
    text = page_words(draft(frames))
    assert "4,321 (6.1%) are expected to leave within 30 days" in text
    assert "expected to be worth $98.8k after cost" in text


def test_figures_are_valid_for_plotly(frames: Frames) -> None:
    for figure in draft(frames).figures.values():
        go.Figure(figure)


def test_every_chart_has_a_takeaway_units_and_a_source(frames: Frames) -> None:
    for item in draft(frames).story:
        if type(item).__name__ == "Chart":
            captions = [part.getPlainText() for part in item._content if hasattr(part, "getPlainText")]
            assert len(captions) == 2
            assert "Source" in captions[1]


def test_the_interval_of_the_leavers_follows_the_validation_week(frames: Frames) -> None:
    bins = frames["analytics.reliability"].head(1).copy()
    bins["predicted"], bins["observed"], bins["lower"], bins["upper"], bins["customers"] = 0.10, 0.12, 0.11, 0.13, 1000
    frames["analytics.reliability"] = bins
    frames["analytics.weekly_summary"]["expected_leavers_active"] = 500.0
    leavers = engagement_facts(Tables(frames, Ledger()), WEEK).leavers
    assert not isinstance(leavers, NotAvailable)
    assert (round(leavers.lower), round(leavers.value), round(leavers.upper)) == (500, 500, 650)


@given(
    predicted=st.floats(0.01, 0.99),
    observed=st.floats(0, 1),
    width=st.floats(0, 0.5),
    expected=st.floats(0, 1e6),
)
def test_the_interval_of_the_leavers_holds_the_prediction(
    predicted: float, observed: float, width: float, expected: float
) -> None:
    bins = pd.DataFrame(
        {
            "bin": [1],
            "predicted": [predicted],
            "observed": [observed],
            "lower": [observed - width],
            "upper": [observed + width],
            "customers": [100],
        }
    )
    leavers = leavers_interval(Tables({"analytics.reliability": bins}, Ledger()), expected)
    assert not isinstance(leavers, NotAvailable)
    ratio = observed / predicted
    assert 0 <= leavers.lower <= leavers.value <= leavers.upper
    assert leavers.lower <= expected * ratio + 1e-6
    assert leavers.upper >= expected * ratio - 1e-6


def test_the_first_published_week_says_so() -> None:
    text = words(draft(published_frames(weeks=1)))
    assert "Changes are not available: this is the first published week" in text
    assert "Drift of the scores not available" in text


def test_a_column_that_is_missing_is_named(frames: Frames) -> None:
    frames["analytics.segments"] = frames["analytics.segments"].drop(columns="customers")
    with pytest.raises(ReportError, match=r"analytics.segments lacks customers"):
        draft(frames)


def test_a_table_that_is_missing_is_named(frames: Frames) -> None:
    del frames["analytics.lift"]
    with pytest.raises(ReportError, match=r"analytics.lift was not handed"):
        draft(frames)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None])
def test_a_figure_that_is_missing_or_not_finite_is_named(frames: Frames, value: float | None) -> None:
    frames["analytics.weekly_summary"]["revenue_at_risk_usd"] = value
    with pytest.raises(ReportError, match="Weekly summary: revenue_at_risk_usd is"):
        draft(frames)


@pytest.mark.parametrize("table", [name for name in ENGAGEMENT_FRAMES if name != "analytics.weekly_summary"])
def test_an_empty_table_is_said_to_be_empty(frames: Frames, table: str) -> None:
    frames[table] = frames[table].head(0)
    text = words(draft(frames))
    if table not in {"monitoring.score_drift", "history.weekly_summary", "analytics.tenure_engagement"}:
        assert "not available" in text.lower() or "No action pays" in text or "too small to judge" in text


def test_all_tables_empty_but_the_summary() -> None:
    frames = {name: f if name == "analytics.weekly_summary" else f.head(0) for name, f in published_frames().items()}
    assert "Not available" in words(draft(frames))


def test_another_label_window_is_a_definition_too(frames: Frames) -> None:
    with spoken_in(Words(currency="EUR", days=45, churn="no order in the 45 days after the week")):
        made = draft(frames)
    text = words(made)
    assert "within 45 days" in text
    assert "not silent for 45 days" in text
    assert not re.search(r"\b30[ -]days?\b", everything(made))
    assert "€" in text
    assert any(entry.columns == {"contract.horizon_days"} for entry in made.ledger.entries)


def test_a_span_that_is_typed_into_a_text_stops_the_report() -> None:
    with pytest.raises(ReportError, match="Unbound number 30"):
        Ledger().verify("expected to leave within 30 days")


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("analytics.recommended_actions", "action_name"),
        ("analytics.segments", "segment"),
        ("analytics.at_risk_customers", "reason_1"),
        ("analytics.locations", "location"),
        ("fairness.group_metrics", "group_name"),
        ("analytics.churn_drivers", "example_reason"),
    ],
)
def test_a_name_that_holds_a_digit_is_a_name(frames: Frames, table: str, column: str) -> None:
    frames[table][column] = [f"Plan {50 + row}plus, 7of9" for row in range(len(frames[table]))]
    draft(frames)


def test_a_word_for_customers_that_holds_a_digit_is_a_word(frames: Frames) -> None:
    with spoken_in(Words(customer="50plus member", customers="50plus members")):
        assert "50plus members" in words(draft(frames))


def test_the_users_own_word_for_customers(frames: Frames) -> None:
    plain = words(draft(frames))
    with spoken_in(Words(customer="account", customers="accounts")):
        made = draft(frames)
    text = everything(made)
    assert "customers" in plain
    assert not re.search(r"\b[Cc]ustomers?\b", text)
    assert not any("ustomer" in chart.title for chart in made.story if isinstance(chart, Chart))
    assert "customer_scores" in text or "customer_scores" not in plain, "names of columns and tables stay"


def test_without_any_revenue_nobody_is_said_to_need_no_contact(frames: Frames) -> None:
    no_actions(frames)
    assert "nobody needs to be contacted" in everything(draft(frames))
    frames["analytics.weekly_summary"]["revenue_30d_usd"] = 0.0
    text = everything(draft(frames))
    assert "No revenue is known, so it cannot be told which customers are worth an action." in text
    assert "nobody needs to be contacted" not in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A customer of ours", "An account of ours"),
        ("Customers: 3 customers", "Accounts: 3 accounts"),
        ("analytics.customer_scores", "analytics.customer_scores"),
        ("the customer", "the account"),
        ("Customer service calls: 6", "Customer service calls: 6"),
    ],
)
def test_words_are_put_in_their_place(text: str, said: str) -> None:
    assert Words(customer="account", customers="accounts").said(text) == said
    assert Words().said(text) == text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("user", "a user"), ("unit owner", "a unit owner"), ("university", "a university"), ("European", "a European"),
        ("one-time buyer", "a one-time buyer"), ("utility client", "a utility client"), ("UK member", "a UK member"),
        ("guest", "a guest"), ("house", "a house"), ("hero", "a hero"), ("7plus pass", "a 7plus pass"),
        ("SIM holder", "a SIM holder"), ("VIP", "a VIP"),
        ("account", "an account"), ("hourly guest", "an hourly guest"), ("honest member", "an honest member"),
        ("heir", "an heir"), ("unidentified guest", "an unidentified guest"), ("usher", "an usher"),
        ("uninsured driver", "an uninsured driver"), ("SMS reader", "an SMS reader"), ("EU citizen", "an EU citizen"),
        ("18plus member", "an 18plus member"), ("80plus member", "an 80plus member"),
        ("oneiric guest", "an oneiric guest"), ("only child", "an only child"),
    ],
)  # fmt: skip
def test_the_article_goes_by_the_sound(name: str, said: str) -> None:
    assert Words(customer=name, customers=f"{name}s").said("a customer") == said


def test_one_tier_is_not_named_as_a_finding(frames: Frames) -> None:
    several = words(draft(frames))
    tiers = frames["analytics.engagement_tiers"]
    frames["analytics.engagement_tiers"] = tiers.head(1)
    one = words(draft(frames))
    assert "Risk is highest in the tier" in several
    assert re.search(r"engagement: \d+% of the customers", several)
    assert "Risk is highest in the tier" not in one
    assert not re.search(r"engagement: \d+% of the customers", one)
    assert f"All customers are in the tier {tiers['engagement_tier'].iloc[0]}" in one
    assert "no other tier to compare with" in one


def test_a_tier_without_customers_is_no_second_tier(frames: Frames) -> None:
    tiers = frames["analytics.engagement_tiers"].head(2).copy()
    for column in tiers.select_dtypes("number").columns:
        tiers.loc[tiers.index[1], column] = 0
    frames["analytics.engagement_tiers"] = tiers
    assert "All customers are in the tier" in words(draft(frames))


def test_a_snapshot_says_nothing_of_days(frames: Frames) -> None:
    with spoken_in(Words(knows_days=False, churn="the label of the extract")):
        text = words(draft(frames))
    assert "daily actives, " not in text
    assert "accounts are expected to leave;" in text
    assert "Of 71,000 customers, " in text
    assert "customers expected to leave (95%" in text
    assert "Daily actives and engagement are not available: the extract does not say" in text
    assert "value and risk by segment" in text
    assert "Retention is not available Not available: the extract does not say" in text
    assert not re.search(r"Daily actives (?!and engagement)|Mean engagement|Engagement active Mean absolute", text)
    assert not re.search(r"\b30[ -]days?\b", text)


def test_groups_are_called_what_the_contract_calls_them(frames: Frames) -> None:
    frames["analytics.creators"] = frames["analytics.creators"].head(1)
    with spoken_in(Words(plan="Contract", group="Internet service")):
        text = everything(draft(frames))
    assert "Internet service" in text
    assert not re.search("Side of the app|Subscription|Creators", text)


def test_what_watching_found_is_said_or_said_to_be_missing(frames: Frames) -> None:
    text = words(draft(frames))
    assert "1 of 3 drift tests moved more than chance explains (Payments); 1 had too few customers to tell" in text
    assert "Last matured week, 5 October 2026, active customers: AUC 0.836, promised 0.841 (0.822 to 0.861)" in text
    assert "After 8 weeks, 78.0% of the held-out customers were still here (75.0% to 81.0%)" in text
    assert "AUC 0.851, where the hidden state itself would reach 0.902" in text
    for table in ("monitoring.drift", "analytics.survival_curve", "monitoring.truth_scorecard"):
        del frames[table]
    frames["history.model_performance"] = frames["history.model_performance"].head(0)
    text = words(draft(frames))
    assert text.count("not available:") >= 4


def test_the_model_card_says_what_the_tables_and_the_records_say(frames: Frames) -> None:
    text = words(draft(frames))
    assert "Data: 159,641 rows of earlier weeks to learn from; judged on 24,737 other customers" in text
    assert "of 21 groups, 1 too small or too near the limit to tell; none is proven unlike the rest" in text
    assert "Overridden by hand: no gate of this week." in text
    assert "A threshold for each group" in text


def test_a_failed_group_and_an_override_are_named_on_the_model_card(frames: Frames) -> None:
    groups, gates = frames["fairness.group_metrics"], frames["monitoring.gate_results"]
    groups.loc[(groups["attribute"] == "gender") & (groups["group_name"] == "Male"), "state"] = "failed"
    gates.loc[0, ["gate", "state", "message"]] = ["fairness", "overridden", "failed, overridden by hand: a known event"]
    text = words(draft(frames))
    assert "proven to be treated unlike the others: Male (gender)" in text
    assert "Overridden by hand: fairness (failed, overridden by hand: a known event)." in text


def test_groups_that_are_treated_alike_have_a_gap_of_zero(frames: Frames) -> None:
    groups = frames["fairness.group_metrics"]
    gaps = ["tpr_gap", "fpr_gap", "gap_upper", "calibration_gap", "calibration_lower", "calibration_upper"]
    for name in gaps:
        groups[name] = groups[name].where(groups[name].isna(), 0.0)
    assert "0.0 points from the rates of all (at most 0.0 points with 95% confidence)" in words(draft(frames))


def test_a_group_selected_too_often_is_not_said_to_be_selected_least(frames: Frames) -> None:
    text = words(draft(frames))
    assert "Selected most unlike the rest: " in text
    assert "Selected least often" not in text


def test_a_version_without_records_says_so(frames: Frames) -> None:
    del frames["records.training"], frames["records.mitigation"]
    text = words(draft(frames))
    assert "Data: not available, the version's record of its training was not handed over." in text
    assert "The price of mitigation is not available" in text


def test_actions_have_one_name_in_the_whole_report(frames: Frames) -> None:
    frames["analytics.at_risk_customers"]["recommended_action"] = "reengagement_message"
    text = words(draft(frames))
    assert "Personal message" in text
    assert "Reengagement message" not in text


def test_an_extract_without_groups_has_none_that_stand_out(frames: Frames) -> None:
    for name in ("tenure_engagement", "premium_vs_free", "locations", "platforms"):
        frames[f"analytics.{name}"] = frames[f"analytics.{name}"].head(1)
    text = everything(draft(frames))
    assert "of all customers, and no groups to tell apart" in text
    assert "Most at risk by" not in text
    assert "alone accounts for" not in text


def test_only_groups_that_are_told_apart_are_drawn(frames: Frames) -> None:
    frames["analytics.locations"] = frames["analytics.locations"].head(1)
    [place] = frames["analytics.locations"]["location"]
    made = draft(frames)
    text = everything(made)
    assert "Most at risk by" in text
    assert f"{place} alone accounts for" not in text


def test_segments_of_a_snapshot_stand_by_their_value(frames: Frames) -> None:
    with spoken_in(Words(knows_days=False, currency="EUR")):
        figure = draft(frames).figures["segments"]
    assert figure["layout"]["xaxis"]["title"]["text"] == "Mean LTV of 12 months (EUR)"
    values = frames["analytics.segments"]["mean_expected_ltv_12m_usd"]
    assert sorted(map(float, figure["data"][0]["x"])) == sorted(values)
