"""The action catalogue: the platform's own, and how mistakes in one are reported."""

from pathlib import Path

import pytest

from engage_assets.actions import THEMES, ActionError, load_catalogue

ONE = """
actions:
  push:
    name: Push
    channel: push
    cost_usd: 0.05
    eligible_when: [{column: days, operator: ">=", value: 3}]
    effect_by_theme: {recency: 0.1}
    default_effect: 0.02
    description: A push message.
"""


def test_the_platforms_catalogue() -> None:
    catalogue = load_catalogue()
    assert {action.id for action in catalogue.actions} == {
        "premium_discount",
        "match_boost",
        "reengagement_message",
        "support_call",
        "creator_bonus",
        "content_digest",
    }
    used = {theme for action in catalogue.actions for theme in action.effect_by_theme}
    assert used <= set(THEMES)
    assert all(max(a.effect_by_theme.values()) > a.default_effect for a in catalogue.actions)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("recency: 0.1", "mood: 0.1", r"actions\.push\.effect_by_theme\.mood.*found 'mood'"),
        ("recency: 0.1", "recency: 1.1", r"less than or equal to 1 \(found 1.1\)"),
        ("cost_usd: 0.05", "cost_usd: -1", r"actions\.push\.cost_usd.*greater than or equal to 0"),
        ("cost_usd: 0.05", "cost_usd: .nan", r"actions\.push\.cost_usd.*finite"),
        ("cost_usd: 0.05", "cost_usd: cheap", r"actions\.push\.cost_usd.*found 'cheap'"),
        ("    cost_usd: 0.05\n", "", r"actions\.push\.cost_usd: Field required"),
        ("    channel:", "    chanel:", r"actions\.push\.chanel: Extra inputs"),
        ('operator: ">="', "operator: in", r"in and not_in take a list"),
        ("value: 3", "value: [3]", r"in and not_in take a list"),
        ('operator: ">=", value: 3', "operator: in, value: [3, x]", r"all of one type"),
        ('operator: ">="', 'operator: "~"', r"eligible_when\.0\.operator.*found '~'"),
        ("  push:", "  none:", r"the id none means that no action is taken"),
        ("  push:", "  Push Now:", r"actions\.Push Now\.id"),
        ("    name: Push", "    name: Push\n    name: Pull", r"'name' is given twice"),
        ("actions:", "version: 2\nactions:", r"unknown entries version"),
        ("actions:", "action:", r"expected a mapping 'actions'"),
        ("actions:", "actions: {}\nx:", r"unknown entries x"),
    ],
)
def test_a_mistake_is_reported_with_its_place(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "catalogue.yaml"
    assert old in ONE
    path.write_text(ONE.replace(old, new, 1))
    with pytest.raises(ActionError, match=message) as caught:
        load_catalogue(path)
    assert str(path) in str(caught.value)


def test_an_empty_catalogue_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.yaml"
    path.write_text("actions: {}")
    with pytest.raises(ActionError, match="not a valid action catalogue"):
        load_catalogue(path)
