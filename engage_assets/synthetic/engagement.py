"""The engagement score of the platform dataset: the formula and the weights of the feature models, in numpy.

The weights are the variables of ``dbt_project/dbt_project.yml``; a test holds the two equal.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

_F64 = npt.NDArray[np.float64]
Parts = Mapping[str, tuple[float, float]]

# column: (weight, cap)
PRESENCE: Parts = MappingProxyType(
    {"active_days": (0.25, 7), "sessions_last_7_days": (0.15, 80), "app_opens_day": (0.10, 20)}
)
INTERACTION_WEIGHT = 0.5
SOCIAL: Parts = MappingProxyType(
    {
        "feed_time_minutes_day": (0.3, 90),
        "stories_viewed_day": (0.2, 40),
        "reels_watched_day": (0.2, 100),
        "likes_given_day": (0.2, 40),
        "comments_posted_week": (0.1, 20),
    }
)
DATING: Parts = MappingProxyType(
    {
        "swipes_right_day": (0.3, 50),
        "messages_sent_day": (0.4, 35),
        "matches_per_day": (0.2, 5),
        "dates_completed_month": (0.1, 4),
    }
)


def _capped(columns: Mapping[str, npt.NDArray[np.generic]], parts: Parts) -> _F64:
    terms = (weight * np.minimum(columns[name].astype(np.float64) / cap, 1) for name, (weight, cap) in parts.items())
    total: _F64 = np.sum(list(terms), axis=0)
    return total


def score_of_week(columns: Mapping[str, npt.NDArray[np.generic]]) -> _F64:
    """The engagement of one week, 0-1, from the columns of ``activity``."""
    interaction = np.maximum(_capped(columns, SOCIAL), _capped(columns, DATING))
    return _capped(columns, PRESENCE) + INTERACTION_WEIGHT * interaction


def score_30_days(weeks: Sequence[tuple[_F64, npt.NDArray[np.bool_]]]) -> _F64:
    """The mean of the 30 days before ``as_of``: four whole weeks and two days of the fifth.

    ``weeks`` are (score, account existed) of the last five weeks, the oldest first. Weeks before the sign-up do not
    count.
    """
    days = (2, 7, 7, 7, 7)[-len(weeks) :]
    total = np.sum([part * score * known for part, (score, known) in zip(days, weeks, strict=True)], axis=0)
    counted = np.sum([part * known for part, (_, known) in zip(days, weeks, strict=True)], axis=0)
    return np.where(counted > 0, total / np.maximum(counted, 1), 0)
