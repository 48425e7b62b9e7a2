"""``engage explain``: what the terminal and the page say. The explaining itself is tested in tests/engage_ml."""

from dataclasses import replace
from datetime import date

import pytest

from engage_assets.actions import weigh_options
from engage_assets.commands.explain import Explanation, print_explanation, write_page
from engage_reports.house_words import Words
from tests.engage_assets.actions.decisions import Reasons, catalogue, features, predictions

PUSH = {"id": "push", "cost_usd": 1.0, "default_effect": 0.1}
CALL = {"id": "call", "cost_usd": 6.0, "default_effect": 0.02}
REASONS: Reasons = [("dating", "raises", 0.6), ("tenure", "lowers", -0.9), ("friction", "raises", 0.2)]


def explanation(currency, words=None):
    scored, known = predictions([0.5], [100.0], [REASONS]), features(1)
    row = {
        "customer_id": "c1", "lifecycle_stage": "slipping", "segment": "Daters", "churn_probability": 0.5,
        "churn_risk_tier": "High",
    }  # fmt: skip
    return Explanation(
        week=date(2026, 11, 16),
        prediction=row,
        features={},
        history=[],
        themes=[],
        what_if=[],
        neighbours=None,
        options=weigh_options(scored, known, catalogue(PUSH, CALL)),
        decision={"action_name": "push", "recommended_action": "push", "is_holdout": False},
        days=56,
        currency=currency,
        words=words,
    )


@pytest.mark.parametrize("currency", ["EUR", "USD"])
def test_amounts_are_in_the_currency_of_the_contract(capsys, tmp_path, currency):
    found = explanation(currency)
    print_explanation(found)
    write_page(found, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    for text in (capsys.readouterr().out, page):
        assert f"+4.00 {currency} = risk x 10.0% x lifetime value - 1.00 {currency}; the highest" in text
        assert f"-5.00 {currency} = risk x 2.0% x lifetime value - 6.00 {currency}; not worth its cost" in text
        assert currency == "USD" or "USD" not in text


def said(found, capsys, tmp_path):
    print_explanation(found)
    write_page(found, tmp_path / "page.html")
    return capsys.readouterr().out, (tmp_path / "page.html").read_text()


def test_the_words_are_those_of_the_contract(capsys, tmp_path):
    words = Words(currency="EUR", days=56, churn="no order in eight weeks", customer="member", customers="members")
    for text in said(explanation("EUR", words), capsys, tmp_path):
        assert "probability of leaving within 56 days" in text
        assert "no order in eight weeks" in text
        assert "members of the same kind" in text
        assert "customer" not in text.lower()


def test_a_snapshot_names_no_days(capsys, tmp_path):
    words = Words(currency="EUR", churn="the label of the extract", knows_days=False)
    for text in said(explanation("EUR", words), capsys, tmp_path):
        assert "probability of leaving" in text
        assert "days" not in text


def test_who_has_left_is_told_so_in_words(capsys):
    found = explanation("EUR")
    option = replace(found.options[0], unmet=("has_left is True; must be == False",))
    print_explanation(replace(found, options=[option]))
    assert "An action: not open; has left already" in capsys.readouterr().out
