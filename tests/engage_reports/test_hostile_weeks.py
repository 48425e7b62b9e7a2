"""Every report of every hostile week is built, says what is missing, and shows every name."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pandas as pd
import plotly.graph_objects as go
import pytest

from engage_reports import ArchitectureFacts
from engage_reports.architecture.report import draft_architecture
from engage_reports.cost.report import draft_cost
from engage_reports.draft import Draft
from engage_reports.engagement.report import draft_engagement
from tests.engage_reports.hostile_weeks import (
    HOSTILE_WEEKS,
    LONG_NAME,
    a_segment_of_zero,
    all_churned_and_negative_revenue,
    hostile_names,
    no_actions,
    no_previous_week,
    nobody,
    nobody_at_risk,
    nobody_leaves,
    one_customer,
    one_segment,
)
from tests.engage_reports.published_week import RUN_ID, WEEK, published_frames
from tests.engage_reports.reading import page_words

Frames = dict[str, pd.DataFrame]
ENGAGEMENT = {
    one_customer: "Of 1 active customer",
    nobody: "Distribution of the scores not available",
    nobody_leaves: "0 (0.0%) are expected to leave",
    all_churned_and_negative_revenue: "100.0%",
    a_segment_of_zero: "Fading creators",
    one_segment: "100% of the value at risk",
    no_actions: "No action pays for itself this week",
    nobody_at_risk: "nobody is at risk this week",
    hostile_names: "Nguyên",
    no_previous_week: "Changes are not available: this is the first published week",
}
COST = {
    one_customer: "1 customer",
    nobody: "Other sizes of population are not available",
    nobody_leaves: "Cost per saved customer not available",
    hostile_names: "Nguyên",
    no_previous_week: "Earlier runs not available",
}


def drafts(frames: Frames, platform: ArchitectureFacts) -> Iterator[tuple[Draft, dict[Callable[[Frames], None], str]]]:
    yield draft_engagement(frames, week=WEEK, run_id=RUN_ID), ENGAGEMENT
    yield draft_cost(frames, week=WEEK, run_id=RUN_ID), COST
    yield draft_architecture(platform, frames, week=WEEK, run_id=RUN_ID), {}


@pytest.mark.parametrize("damage", HOSTILE_WEEKS)
def test_the_pages_are_laid_out_and_say_what_is_missing(
    frames: Frames, platform: ArchitectureFacts, damage: Callable[[Frames], None]
) -> None:
    damage(frames)
    for draft, says in drafts(frames, platform):
        text = page_words(draft)
        assert says.get(damage, "In this report") in text, draft.name
        assert "nan" not in text.lower().split(), draft.name
        for figure in draft.figures.values():
            go.Figure(figure)


def test_hostile_names_of_assets_and_tables_fit_the_pages(frames: Frames, platform: ArchitectureFacts) -> None:
    """A user's contract names the tables and their columns."""
    [first, *others] = platform.assets
    assets = (replace(first, key=f"sources/{LONG_NAME}", description=LONG_NAME), *others)
    text = page_words(draft_architecture(replace(platform, assets=assets), frames, week=WEEK, run_id=RUN_ID))
    assert "Nguyên" in text


def test_every_damage_changes_what_it_is_about() -> None:
    good = published_frames()
    for damage in HOSTILE_WEEKS:
        frames = published_frames()
        damage(frames)
        assert any(not frames[name].equals(good[name]) for name in good), damage.__name__
