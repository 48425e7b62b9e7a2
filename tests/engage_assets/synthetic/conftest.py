"""A small platform on disk, and a larger one in memory with what really happened to its customers."""

from datetime import timedelta

import numpy as np
import pytest

from engage_assets.synthetic import Platform, write_weeks
from engage_assets.synthetic.platform import monday, week_index
from engage_assets.synthetic.traits import draw_traits
from engage_assets.synthetic.truth import probabilities
from engage_assets.synthetic.walk import Walk, will_churn
from tests.engage_assets.synthetic.worlds import LAST, SMALL, Fate, Written


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    lake = tmp_path_factory.mktemp("lake")
    weeks = tuple(LAST - timedelta(weeks=back) for back in reversed(range(6)))
    write_weeks(SMALL, weeks, lake)
    return Written(lake, weeks)


@pytest.fixture(scope="session")
def fates() -> list[Fate]:
    """Four weeks, a quarter apart, of 30,000 customers."""
    platform = Platform(customers=30_000)
    wanted = {week_index(LAST - timedelta(weeks=13 * back)) for back in range(4)}
    walk = Walk(platform, draw_traits(platform, 0, platform.customers))
    last_seen = np.full(platform.customers, -(10**6))
    found = []
    for week in range(max(wanted) + 1):
        walk.begin_week()
        last_seen[walk.active] = week
        if week in wanted:
            # Away for four weeks counts as lapsed here; the exact rule needs the day, which only the logs have.
            recent = last_seen > week - 4
            found.append(
                Fate(
                    week=monday(week),
                    walk=walk.copy(),
                    present=walk.traits.signup_week <= week,
                    active_30d=recent & (walk.traits.signup_week <= week),
                    churned=will_churn(walk),
                    probability=probabilities(walk),
                )
            )
        walk.end_week()
    return found
